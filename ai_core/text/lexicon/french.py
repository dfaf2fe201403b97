"""French opinion words; accents do not matter when matching, "*" stands for any ending."""

VALUES = (
    (
        3.0,
        "excellent* exceptionnel* extraordinaire* formidable* génial* géniale* merveill* parfait "
        "parfaite parfaits parfaites parfaitement remarquabl* sublime* fantastique* adore adorons "
        "adoré adorent irréprochable* impeccable* magnifique* épat* bluff* enchant* incroyable*",
    ),
    (
        2.0,
        "aime aimons aiment aimé apprécie* apprécié* appréci* bravo bon bonne bons bonnes bonheur "
        "content contente contents contentes satisf* ravi ravie ravis ravies heureux heureuse "
        "heureuses heureusement agréabl* aimable* accueillant* chaleureu* charmant* "
        "efficace efficaces efficacité efficacement fiable fiables fiabilité recommande recommandons "
        "réussi réussie réussis réussite succès super top joli jolie jolis jolies beau belle belles "
        "beaux délicieu* succulent* savoureu* convivial* professionnel professionnelle "
        "professionnels professionnalisme sérieux sérieuse soigné soignée soignés soignées "
        "attentionn* attentif* attentive* bienveill* compétent compétente compétents compétence* "
        "disponible* généreu* idéal* intuitif* intuitive* gagnant* gentil* impressionn* "
        "innovant* confiance féliciter félicitations plaisir plaît plait plaisant* positif positive "
        "positifs positives précieu* rassur* réactif* réactive* réactivité brillant* simplifi* rapidité robuste* "
        "merci mieux meilleur meilleure meilleurs meilleures sympa sympas sympathique* souriant* "
        "excellence fier fière fiers fluide fluides élégant* amélioré amélioration* "
        "progrès qualitatif* passionnant* conquis conquise séduit séduite inoubliable* "
        "facilité simplicité enthousiasm* triomph* prospèr* sourire",
    ),
    (
        1.0,
        "clair claire clairs claires clairement facile faciles facilement rapide rapides rapidement "
        "simple simples correct correcte correctement utile utiles pratique pratiques propre propres "
        "avantage* avantageu* abordable* confort* complet complète solide solides ponctuel* "
        "progress* gagné gagne économis* moderne modernes résolu résolue résolus frais fraîche "
        "intéressant* doux douce calme optimis* honnête* croissance sécurisant* bien fluidifi* "
        "encourag* prometteu* atteint convaincant* raisonnable*",
    ),
    (-0.5, "affreusement terriblement horriblement"),
    (
        -1.0,
        "cher chère chers chères lent lente lents lentes lenteur lenteurs retard retards attente "
        "compliqué* complexe* difficile* difficilement difficulté* problème problèmes souci soucis "
        "manque manquent manquait moyen moyenne bruyant* bruit étroit* froid froide limité* "
        "incomplet* incomplète* confus* flou floue doute* hésit* cassé* fragile* fade "
        "erreur erreurs bug bugs panne pannes baisse recul inconvénient* regrett* "
        "tard tardif* tardive* oublié* oubli obsolète* vieillot* usé usée plainte* réclamation* "
        "risque risques crainte* inquiet* inquièt* fatig* pénible* gêne gênant* litige* perdu perte "
        "pertes perdre perdent trop peine",
    ),
    (
        -2.0,
        "mauvais mauvaise mauvaises mal déçu* déception* décevant* décev* dommage triste tristes "
        "insatisf* insuffisan* mécontent* médiocre* ennuyeu* ennuy* désagréabl* impoli* malpoli* "
        "incompétent* incompétence* inefficace* inutile* inutilisable* inadmissible inacceptable* "
        "injuste* défectueu* défaut défauts défaillan* abîmé* sale sales saleté froissé* négligé* "
        "négligen* agressif* agressive* désastreu* échec échecs échoué* échoue fâch* colère furieu* "
        "frustr* pire pires pénibl* plante plantent bloqué bloquée refus refusent injoignable* "
        "introuvable* illisible* incompréhensible* irrespect* irrespons* désinvolte* débord* "
        "surfactur* surévalué* trompeu* trompé* mensong* ment menti mépris* méprisant* "
        "critique* crise dégrad* détérior* fuir fuyez éviter regrette abandonné* abandon* "
        "déplorabl* lamentabl* minable* dégoût* dangereu* insupportable* moche* raté* ratée "
        "écaill* raccroché déconseill* gâch* malheureu* honteu* honte faillite licenci* stress* bâclé*",
    ),
    (
        -3.0,
        "horrible* affreu* catastroph* détest* déteste épouvantabl* exécrabl* arnaque* arnaqu* "
        "escroc* escroquerie* nul nulle nuls nulles nullissime scandal* cauchemar* abominabl* "
        "atroce* infect infecte ignoble* désastre calamit* haine hais inadmissibl* atterr* "
        "terrible terribles vol voleurs",
    ),
)

IDIOMS = (
    (
        2.0,
        "résolu mon problème|résolu notre problème|résolu le problème|problème résolu|réglé mon problème|réglé le problème|pas mal|coup de coeur|sans problème|sans souci|sans difficulté|sans hésiter|sans hésitation|"
        "rien à redire|rien à dire|rien à reprocher|à recommander|les yeux fermés|au top|"
        "bon rapport|bonne surprise|vaut le détour|vaut la peine|aucun souci|aucun problème|"
        "aucune difficulté|aucun regret|aucun retard|aucune panne|à la hauteur|gain de temps|haut de gamme|sans faille|"
        "sans défaut|sans reproche|tient ses promesses|tenu ses promesses|bien joué|"
        "sans erreur|sans retard|pas cher|pas chère|pas chers|de qualité|pas déçu|pas déçue|"
        "pas déçus|jamais déçu|jamais déçue|jamais déçus|au-delà de nos attentes|"
        "dépasse nos attentes|dépassé nos attentes|de bons conseils|à l'écoute|plus jamais de panne",
    ),
    (3.0, "cinq étoiles|hors du commun|hors pair|un vrai bonheur|ne changez rien"),
    (
        -2.0,
        "laisse à désirer|laissent à désirer|frais cachés|perte de temps|bon à rien|sans intérêt|à éviter|"
        "pas terrible|ne marche pas|ne marche plus|ne fonctionne pas|ne fonctionne plus|"
        "fonctionne mal|fonctionne pas|marche pas|hors de prix|service minimum|hors service|"
        "aucune réponse|aucun suivi|aucune excuse|aucun respect|aucun remboursement|pas de réponse|"
        "pas de nouvelles|mauvaise surprise|tombe en panne|tombé en panne|tombée en panne|"
        "en panne|trop cher|trop chère|trop long|trop longue|trop lent|trop lente|trop petit|"
        "trop tard|sans réponse|sans excuse|sans explication|sans prévenir|à refaire|"
        "pas à la hauteur|manque de respect|toujours rien|toujours pas|mauvaise foi|"
        "pas reçu|jamais reçu|jamais répondu|pas répondu|jamais arrivé|jamais arrivée|"
        "bien trop|personne ne répond|ne répond|ne répond jamais|pas tenu ses promesses|à côté de la plaque|argent gaspillé|jette l'éponge|ras le bol|en colère",
    ),
    (-3.0, "à fuir|plus jamais|très mauvais|honte à vous|zéro étoile"),
    (
        0.01,
        "bon de commande|bons de commande|bon de livraison|bons de livraison|bon cadeau|"
        "bonne année|bien que|aussi bien que|ou bien|bien sûr|bien entendu|bien immobilier|"
        "biens et services|moyen terme|au moyen|en moyenne|la moyenne|chiffre d'affaires|"
        "mieux vaut|si bien que|prix moyen|panier moyen|vol direct|au plus tard|plus tard|"
        "service client|à bien|juste à temps|frais de port|frais de livraison|les frais|des frais|"
        "sans frais|frais bancaires|pratiques commerciales|bien avant|bien après|gagne à|à peine|"
        "point critique|esprit critique|les pratiques|nos pratiques|bonnes pratiques",
    ),
)

STRENGTH = (
    (
        1.5,
        "très tellement vraiment extrêmement particulièrement si totalement complètement absolument "
        "incroyablement hyper ultra super bien fort",
    ),
    (-0.6, "peu"),
    (0.6, "assez plutôt légèrement presque relativement parfois moyennement"),
)
TURNS = "mais cependant toutefois pourtant néanmoins hélas malheureusement"
NEGATIONS = "pas jamais aucun aucune sans ni guère nullement"
NEGATIONS_AFTER = "pas jamais guere plus rien aucun aucune personne"
ONLY_WITH_NE = "plus rien personne"
