"""English opinion words; "*" stands for any ending."""

VALUES = (
    (
        3.0,
        "excellent* exceptional* extraordinary outstanding superb* fantastic* amazing* awesome "
        "brilliant* perfect perfectly perfection wonderful* marvellous* marvelous* incredible "
        "incredibly love loved loves adore* flawless* delight* exquisite* stunning* fabulous "
        "phenomenal* best thrilled magnificent* stellar",
    ),
    (
        2.0,
        "good great happy happier glad pleased pleasant* pleasure satisf* enjoy enjoyed enjoys "
        "enjoyable nice nicely lovely beautiful* friendly helpful kind kindly polite* courteous "
        "caring attentive reliab* dependabl* efficien* effective* professional* recommend* "
        "impress* success* succeed* thank thanks grateful appreciat* trust trusted trustworth* "
        "fun favourite favorite comfortable comfy cosy tasty delicious fresh generous* intuitive "
        "innovative smooth smoothly seamless* superior valuable win wins winner winning won proud "
        "praise* elegant* exciting excited better improve* improvement* responsive prompt promptly "
        "charming gem worthwhile spotless* welcoming warm warmly smile* bargain refreshing "
        "congratulations bravo thoughtful* confident* reassur* cheerful effortless* like liked",
    ),
    (
        1.0,
        "easy easily fast quick quickly clear clearly clean simple useful well fine fair fairly "
        "affordable handy neat solid sturdy robust modern benefit* gain gains growth grew calm "
        "interesting works accurate accurately convenient* cheap complete improved positive* "
        "advantage* punctual tidy honest* promising resolved solved quiet secure progress",
    ),
    (-0.5, "terribly horribly awfully"),
    (
        -1.0,
        "slow slowly slower late delay* wait waited waiting difficult* hard problem* issue issues "
        "expensive pricey overpriced lack lacks lacked lacking limited noisy noise confus* unclear "
        "bug bugs buggy error errors mistake* complicated complex cold bland doubt* outdated cramped "
        "tired worn weak loss losses lost lose losing decline declin* drop dropped complain* "
        "complaint* concern* worr* risk risks risky incomplete missing cancelled fault faults "
        "unfortunately overcooked sadly annoy* glitch* shortage* crack* stain* scratch*",
    ),
    (
        -2.0,
        "bad badly poor poorly disappoint* dissatisf* unhappy unsatisf* sad upset* "
        "frustrat* angry anger annoying mediocre boring bored dull unhelpful unfriendly rude* "
        "impolite dirty broken broke faulty defective unreliab* inefficien* ineffective* useless "
        "unusable unacceptable unfair fail fails failed failing failure* ignore* ignored neglect* "
        "careless* incompetent* unprofessional* unresponsive misleading mislead* lie lied lies "
        "dishonest* crash* stuck refuse* refused wrong worse waste wasted regret* avoid "
        "unsafe dangerous damage* dreadful* painful* hate hated hates nasty ugly crisis bankrupt* "
        "inferior sloppy shoddy flimsy unpleasant* uncomfortable unbearable stress* "
        "overcharged cheated threat* filthy smelly struggl* mess messy nonsense shame ashamed",
    ),
    (
        -3.0,
        "awful* terribl* horribl* horrend* horrif* worst disgust* appalling* atrocious* abysmal* "
        "scam* fraud* nightmare* disaster* catastroph* pathetic* despicable garbage rubbish "
        "ripoff unforgivable disgrace* dire",
    ),
)

IDIOMS = (
    (
        2.0,
        "solved my problem|solved our problem|solved the problem|fixed the problem|fixed my problem|resolved the issue|resolved my issue|top notch|no problem|no problems|no issues|no complaints|no regrets|no trouble|"
        "without a hitch|without any problem|not bad|worth every|worth the|well worth|"
        "value for money|easy to use|great value|can't fault|cannot fault|could not fault|"
        "high quality|first class|went the extra mile|look forward|looking forward|"
        "happy with|second to none|no delays|no delay|no errors|error free|problem free|"
        "never disappoint|never disappoints|never disappointed|never fails|never failed|"
        "never let me down|never let us down|exceeded our expectations|exceeded my expectations|"
        "exceeded expectations|saved us|saves us|a joy|stands out|on time|spot on|risk free|"
        "could not be happier|could not be better|couldn't be happier|can't be better|"
        "could not be easier|could not ask for more|highly recommend|life saver|game changer|"
        "never been easier|never been better|cut our costs|no hesitation|without hesitation",
    ),
    (3.0, "five stars|5 stars|nothing short of amazing|out of this world|best ever"),
    (
        -2.0,
        "waste of time|waste of money|let down|let us down|let me down|fed up|not worth|"
        "no reply|no response|no answer|never replied|never answered|never arrived|never came|"
        "no help|no refund|never again|stopped working|does not work|do not work|did not work|"
        "not working|don't work|doesn't work|didn't work|falls apart|fell apart|stay away|"
        "steer clear|rip off|ripped off|too expensive|too slow|too long|too late|too small|"
        "too loud|out of order|out of stock|poor quality|low quality|hung up|gave up|"
        "still waiting|no longer works|no apology|no explanation|nobody answers|nobody answered|"
        "nobody replied|nobody cares|beware|put me off|not up to|below expectations|"
        "hard to use|hidden fees|hidden costs|full of bugs|wish i had not|no sense|twice as long|"
        "could not care less|leaves much to be desired|leaves a lot to be desired|last straw",
    ),
    (-3.0, "zero stars|worst ever|one star"),
    (
        0.01,
        "well known|as well as|as well|as good as|goods and services|best practice|"
        "best practices|best regards|kind of|kind regards|would like|like to|looks like|look like|"
        "feel like|feels like|something like|things like|such as|just like|more like|like a|"
        "like the|at best|issue date|issue of|first issue|latest issue|risk management|"
        "risk assessment|hard drive|clear the|fine print|fair trade|good morning|"
        "good afternoon|good evening|goods|fresh start|fast food|later than|a good deal of|"
        "works with|works on|works for|works in|works as|works at|of late|works council|"
        "complete the|smart watch|in order|well before|a great deal of|better known|free of charge|"
        "public works|how well|trust fund|error message|error code|no later|at the latest|waiting list",
    ),
)

STRENGTH = (
    (
        1.5,
        "very really extremely incredibly absolutely totally completely so truly particularly "
        "especially highly remarkably deeply utterly super",
    ),
    (0.6, "somewhat slightly fairly rather almost quite partly relatively bit sometimes mildly"),
)
TURNS = "but however although though yet unfortunately sadly"
NEGATIONS = "not never no none nobody nothing neither nor without hardly barely cannot rarely isn"
NEGATIONS_AFTER = ""
ONLY_WITH_NE = ""
