from timeline.formats.ucdp_sources import sources_of


def test_lists_of_equal_length_belong_together():
    """The first office, the first date and the first headline are one source."""
    sources = sources_of("", "AFP;Reuters", "2013-01-03;2013-01-04", "One;Two")

    assert [("afp", "One"), ("reuters", "Two")] == [
        (source["publisher"], source["title"]) for source in sources
    ]


def test_a_headline_with_a_semicolon_is_read_from_the_article():
    """The quoted items tell where a headline ends."""
    article = '"AFP,2013-01-03,One; and more";"Reuters,2013-01-04,Two"'

    sources = sources_of(article, "AFP;Reuters", "2013-01-03;2013-01-04", "One; and more;Two")

    assert ["One; and more", "Two"] == [source["title"] for source in sources]


def test_one_headline_may_have_semicolons():
    """A single source has the whole text as its headline."""
    assert [
        {"publisher": "afp", "title": "One; and more", "published_at": "2013-01-03T00:00:00Z"}
    ] == sources_of("", "AFP", "2013-01-03", "One; and more")


def test_lists_that_nothing_pairs_are_kept_as_one_text():
    """What belongs to which is not guessed."""
    sources = sources_of("AFP 3 January; Reuters", "AFP;Reuters", "2013-01-03", "a;b;c")

    assert [{"publisher": "ucdp", "title": "AFP 3 January; Reuters"}] == sources


def test_what_was_written_before_2013_is_a_title():
    """Free text is not a list."""
    assert [{"publisher": "ucdp", "title": 'Reuters 1989-05-17 "REBELS'}] == sources_of(
        'Reuters 1989-05-17 "REBELS', "", "", ""
    )
    assert [{"publisher": "ucdp"}] == sources_of("", "", "", "")


def test_what_the_vocabulary_cannot_express_is_put_before_the_title():
    """Neither an office without letters nor an impossible day gets lost."""
    assert [{"publisher": "ucdp", "title": "—: 2013-00-00: One"}] == sources_of("", "—", "2013-00-00", "One")


def test_long_titles_and_lists_are_cut_and_say_so():
    """Nothing is cut silently."""
    (long,) = sources_of("x" * 501, "", "", "")
    many = sources_of("", ";".join(["AFP"] * 60), ";".join(["2013-01-03"] * 60), ";".join(["One"] * 60))

    assert (500, "…") == (len(long["title"]), long["title"][-1])
    assert (50, "11 more sources, not named here") == (len(many), many[-1]["title"])
