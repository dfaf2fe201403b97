"""Function words of neighbouring languages, only to recognise that a text is not ours."""

FUNCTION_WORDS = {
    "de": frozenset(
        """
        der die das und ist nicht ein eine einen einem einer mit auf für von dem den des im zu zum
        zur sich auch wird werden wurde sind sie ich wir ihr es als bei nach aus wie oder aber nur
        noch kann können haben hat war durch über unter vor diese dieser dieses wenn dass sehr mehr
        unsere unser kein keine bitte guten tag vielen dank rechnung
        """.split()
    ),
    "es": frozenset(
        """
        el la los las un una unos unas y es que de del en por para con no se su sus al lo como más
        pero muy ya está están son fue ha han hay este esta estos estas ese esa sobre entre cuando
        donde también sin nuestro nuestra nos le les porque todo todos desde hasta gracias hola
        buenos días cliente empresa factura
        """.split()
    ),
    "it": frozenset(
        """
        il lo la gli le un uno una e è che di del della dei delle nel nella in per con non si suo sua
        al alla come più ma molto già sono stato ha hanno questo questa questi queste quello su tra
        fra quando dove anche senza nostro nostra ci perché tutto tutti dal dalla fino grazie ciao
        buongiorno cliente azienda fattura
        """.split()
    ),
    "pt": frozenset(
        """
        o a os as um uma uns umas e é que de do da dos das no na nos nas em por para com não se seu
        sua ao à como mais mas muito já está estão são foi tem têm este esta isso isto sobre entre
        quando onde também sem nosso nossa lhe porque tudo todos desde até obrigado olá bom dia
        cliente empresa fatura você pelo pela
        """.split()
    ),
    "nl": frozenset(
        """
        de het een en is niet van op te met voor dat die dit zijn aan er om ook als bij naar uit wel
        nog maar kan kunnen hebben heeft was door over onder deze wordt worden werd wij jij hij zij
        ik je u uw ons onze geen meer zeer dan waar wanneer graag bedankt klant bedrijf factuur
        """.split()
    ),
}
