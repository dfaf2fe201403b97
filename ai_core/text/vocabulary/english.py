"""English word lists."""

STOP_WORDS = frozenset(
    """
    a about above across after again against all almost along already also although always am among
    an and another any anybody anyone anything are aren't around as at away back be became because
    been before behind being below between both but by can can't cannot could couldn't d did didn't
    do does doesn't doing don't done down during each either else enough even ever every everybody
    everyone everything except few for from further had hadn't has hasn't have haven't having he
    he'd he'll he's hence her here hers herself him himself his how however i i'd i'll i'm i've if
    in indeed instead into is isn't it it's its itself just least less let let's ll m many may me
    might mine more most much must my myself near neither never no nobody none nor not nothing now
    of off often on once one one's only onto or other others otherwise our ours ourselves out over
    own per perhaps quite rather re s same shall she she'd she'll she's should shouldn't since so
    some somebody someone something sometimes soon still such t than that that's the their theirs
    them themselves then there there's therefore these they they'd they'll they're they've this
    those though through throughout thus till to together too toward towards two under until unless
    up upon us until ve very via was wasn't we we'd we'll we're we've well were weren't what what's
    whatever when whenever where wherever whether which while who who's whoever whole whom whose why
    will with within without won't would wouldn't yes yet you you'd you'll you're you've your yours
    yourself yourselves etc three four five six seven eight nine ten vs e.g i.e
    """.split()
)

WEAK_WORDS = frozenset(
    """
    able accept according achieve actually add added adds aim allow allowed allows apply around ask
    asked asking asks available bad based become becomes began begin begins best better big bigger
    biggest bring brings brought build built buy call called calls came care carefully case cases
    certain certainly chance change changed changes check choose clear clearly close come comes
    coming common complete completely consider contain contains could current currently daily day
    days deal decide decided depend depends describe different difficult directly double early easily
    easy effect end ended ends ensure entire especially example expect expected explain fact far
    fast faster feel felt find finds fine finish first five fix follow following follows former found
    full fully gave general generally get gets getting give given gives giving go goes going gone
    good got great greater grew grow growing grown half happen happened happens hard help helped
    helping helps high higher hold holds hour hours idea immediately important improve improved
    include included includes including increase instance keep keeping keeps kept kind kinds knew
    know known knows large larger last late later latest lead learn leave leaves left let lets like
    likely little long longer look looked looking looks lose lost lot lots low lower made main make
    makes making matter matters mean means meant meet minute minutes month monthly months move moved
    moves near nearly necessary need needed needs new next nice night non noted number numbers offer
    offered offers often old open opened part particular particularly parts pass past pay
    place places plus point points possible prefer prepare present probably provide provided
    provides put puts quick quickly read reading reads ready real really reason reasons receive
    recently reduce regularly remain remains remember report rest return right run running runs said
    save saves saw say saying says second see seem seems seen send sends sent set sets several short
    show showed shows side similar solve solved solving simple simply small smaller sort spend spent stand start started
    starting starts stay step stop stopped stops sure take taken takes taking talk tell tells thank
    thanks thing things think third thought time times today together told tomorrow took top total
    tried true try trying turn turned turns type types understand use used useful usually using uses
    various view wait waited want wanted wants way ways week weekly weeks went whole wide wish
    wonder work worked working works worse worst worth write writes writing written wrote year
    yearly years yesterday monday tuesday wednesday thursday friday saturday sunday january february
    march april june july august september october november december twenty thirty forty fifty
    sixty hundred hundreds thousand thousands million millions percent pounds dollars euros
    twice bit amount everyday makes choosing cost costs spending live loved love hate enjoy quarter
    reply replied replies answer answered morning afternoon evening noon midnight
    """.split()
)

ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof sr jr st vs etc eg ie inc ltd co corp dept est fig figs no nos vol vols pp ed
    eds approx appt apt ave blvd rd al cf e.g i.e p ex a.m p.m u.s u.k jan feb mar apr jun jul aug
    sep sept oct nov dec gen gov rep sen rev hon capt col lt sgt max min tel ref
    """.split()
)
TITLES = frozenset(
    "mr mrs ms dr prof st fig figs no nos vol vols gen gov rep sen rev hon capt col lt sgt cf vs "
    "eg ie e.g i.e".split()
)

SENTENCE_STARTERS = frozenset(
    """
    the a an this that these those it he she they we you i but and so our their its his her my your
    in on at for to from with when if while since after before however there here as most many some
    """.split()
)

COMMON_WORDS = frozenset(
    """
    hello thanks thank please hi sir madam dear company customer customers client clients order
    orders delivery product products invoice invoices team teams work price year years day days week
    month time hour hours website quality problem problems delay answer question questions meeting
    need needs new good great small big life world country city man woman child children people
    person thing things report data security market development management sale sales purchase
    payment shop store workshop car house school water cat dog sleep sleeps eats would like regards
    sincerely soon tomorrow yesterday morning evening account advice training office project
    service services right get make made know think want see look find tell ask use really good
    overdue received working best first last next send sent call help
    """.split()
)
