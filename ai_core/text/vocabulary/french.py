"""French word lists."""

STOP_WORDS = frozenset(
    """
    a à ai aie ait ainsi alors après as assez au aucun aucune aujourd'hui auquel aura aurait auront
    aussi autant autre autres aux auxquelles auxquels avaient avais avait avant avec avez avoir
    avons ayant
    beaucoup bien c ça car ce ceci cela celle celle-ci celles celui celui-ci cependant certain
    certaine certaines certains ces cet cette ceux ceux-ci chacun chacune chaque chez ci comme
    comment contre d dans davantage de déjà depuis derrière des dès desquelles desquels dessous
    dessus deux devant doit doivent donc dont du duquel durant elle elles en encore enfin ensuite
    entre envers environ es est et étaient étais était étant été êtes être eu eux fait faire faites
    fais faisait font faut fois furent fut hors ici il ils j jamais je jusqu jusque l la là laquelle
    le lequel les lesquelles lesquels leur leurs lors lorsqu lorsque lui m ma maintenant mais malgré
    me même mêmes mes mien mienne moi moins mon n ne néanmoins ni non nos notamment notre nôtre nous
    nul nulle on ont or ou où outre par parce parfois parmi pas pendant personne peu peut peuvent
    peux plus plusieurs plutôt pour pourquoi pourrait pourtant pouvez pouvoir pouvons près presque
    puis puisqu puisque qu quand quant que quel quelle quelles quelqu quelque quelques quels qui
    quiconque quoi quoiqu quoique rien s sa sans sauf se selon sera serait seront ses si sien sienne
    sinon soi soient sois soit sommes son sont sous souvent suis sur surtout t ta tandis tant te tel
    telle tellement telles tels tes toi ton toujours tous tout toute toutefois toutes très trop tu
    un une va vais vers veut veulent via voici voilà vont vos votre vôtre vous vu y étions soyez
    avions ayez aurez serez serons aurons seriez auriez vs etc l'un l'une peut-être ci-dessous
    ci-dessus c'est-à-dire lorsque quelqu'un afin dehors ensemble grâce trois quatre cinq six sept
    huit neuf dix
    """.split()
)

# Words that a reader would not call the subject of a text, whatever their count.
WEAK_WORDS = frozenset(
    """
    accéder acheter aider aide aident aidé aidons ajouter ajoute aller allons amélioré améliorer
    améliorent apporter apporte apportent apprendre arriver arrive atteindre attendre attend
    augmenter augmente augmenté avéré baisser bonne bonnes bon bons cas chose choses choisir
    choisissez choisi commence commencer commencent comprend comprendre compris compte comptent
    concerne concernant conserver consiste constate continue continuer contient correspond côté
    court crée créer crééz créé découvrez découvrir demande demandent demandé dernier dernière
    derniers dernières devenir devient deviennent devrait devraient devez devons devoir difficile
    dire direct dit disent disposer dispose disposent donner donne donnent donné dois effet effectuer
    entier entière essayer essentiel éviter évite existe existent exemple façon facile faible faibles
    finir fin former général générale grand grande grandes grands gros haut important importante
    importantes importants jour journée jours lancer lancé lance laisser laisse lieu lire long longue
    longues longtemps mal manière manières matin meilleur meilleure meilleurs meilleures mettre mets
    mettent mettez mettons met mieux mis mise minute minutes mois moment montrer montre montrent
    nécessaire niveau nombre nombreux nombreuses nouveau nouveaux nouvel nouvelle nouvelles obtenir
    obtient obtenu offrir offre offrent parler parle parlent part partie passer passe passé passent
    penser permet permets permettent permettre permis petit petite petites petits place plein pleine
    point possible possibles possède précédent premier première premières premiers prendre prend
    prennent prenez prendra pris prise présente présent présents principal principale propose
    proposent proposer proposons propre propres prochain prochaine prévoir prévu prévue quotidien
    raison rapide rapides rapport reçoit recevoir reçu reçoivent regrettent regretter rend rendre
    rendent rester reste restent restaient réaliser réalisé recherche rencontrer répondre répond
    répondu retrouver retrouve revenir s'agit sait savoir savent savez semaine semaines semble
    semblent sens sert seul seule seules seuls simple simples situation soir suivant suivante suivi
    suivre tard temps tenir tient tôt tourner travers trouver trouve trouvent trouvé type types
    utile utiles utilise utilisent utiliser utilisez utilisé utilisée venir viennent vient voir voit
    vois voient vouloir voulez vrai vraie vraiment année années an ans hier demain heure heures
    également certainement immédiatement seulement simplement rapidement facilement actuellement
    directement régulièrement totalement complètement entièrement notre gagner gagne perdre
    perd perdu choix soyez lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars
    avril mai juin juillet août septembre octobre novembre décembre appeler appelle écrit écrire
    ouvre ouvrir ouvert ouverte envoyer envoie envoyé reprend reprendre commencé cours cause
    vérifier vérifie vérifiez préparer prépare suffit suffisent garder garde gardent gardez devenu
    devenue changer change changé coûte coûtent sortir sort sortent tenu tenue partir parti
    pouvait pouvaient fallait voulu voulait tiers moitié double lequel environ celui-là chers cher
    jusqu'à bout suite tour mêlé quinzaine dizaine centaine douzaine vingt trente quarante cinquante
    soixante cent cents mille million millions euros euro pourcent première manque manquent
    aime aimons aiment annoncer annonce annoncé arrêter suivent suit décidé décider
    """.split()
)

ABBREVIATIONS = frozenset(
    """
    m mm mme mmes mlle mlles dr drs pr prof me mgr st ste cf p pp ex fig chap vol art av bd env
    tél tel réf ref adj adm dép dir éd ed et al al. hab inc ltd max min nb obs op part resp sté
    sq sqq sup suppl tom trad no nos n° janv févr fév avr juil sept oct nov déc c.-à-d
    """.split()
)
# Titles stand before a name: never the end of a sentence, even before a capital letter.
TITLES = frozenset("m mm mme mmes mlle mlles dr drs pr prof me mgr st ste n° no fig cf".split())

SENTENCE_STARTERS = frozenset(
    """
    le la les l un une des ce cet cette ces il elle ils elles nous vous je on mais or donc puis
    ensuite enfin depuis pour dans en à au aux notre nos votre leur leurs c cela ceci si quand
    """.split()
)

# Frequent words beside the function words, for telling the language of short texts.
COMMON_WORDS = frozenset(
    """
    bonjour merci bonsoir salut oui monsieur madame entreprise entreprises client clients cliente
    facture factures commande commandes livraison produit produits société équipe équipes travail
    prix année années jour jours semaine mois temps heure heures site qualité problème problèmes
    délai délais réponse question questions rendez-vous retard besoin nouvelle nouveau nouveaux
    bonne bon grand grande petit petite petits vie monde pays ville homme femme enfant enfants
    personnes gens chose choses toujours rapport données sécurité marché développement gestion
    vente ventes achat paiement magasin boutique atelier voiture maison école eau chat chien dort
    mange voudrais souhaite souhaitons cordialement veuillez svp bientôt demain hier matin soir
    compte accueil conseil conseils formation bureau réunion projet projets mise ligne
    """.split()
)
