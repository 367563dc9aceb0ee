"""What HedgeDoc's Markdown becomes, line by line (its features page, and what CodiMD adds)."""

import re

import pytest

from cartable.kernel.errors import TooLarge
from cartable.pads.markdown import BRACKETS, LARGEST, Heading, render

pytestmark = pytest.mark.once

ID = "user-content-"


def shown(text):
    """Return the HTML of a text, without the blanks around."""
    return render(text).html.strip()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("deux\nlignes", "<p>deux<br>\nlignes</p>"),
        ("++ajouté++ ==marqué== ~~ôté~~", "<p><ins>ajouté</ins> <mark>marqué</mark> <s>ôté</s></p>"),
        ("a++b==c", "<p>a++b==c</p>"),
        ("++ouvert ==et", "<p>++ouvert ==et</p>"),
        ("**==les deux==**", "<p><strong><mark>les deux</mark></strong></p>"),
        ("Bien :tada: à 10:30:15 :rien:", "<p>Bien 🎉 à 10:30:15 :rien:</p>"),
        ("H~2~O 19^e^", "<p>H<sub>2</sub>O 19<sup>e</sup></p>"),
        ("{漢字|かんじ}", "<p><ruby>漢字<rt>かんじ</rt></ruby></p>"),
        ("Terme\n: définition", "<dl>\n<dt>Terme</dt>\n<dd>définition</dd>\n</dl>"),
        ("*[UAI]: Unité <b>\n\nUAI, UAIx", '<p><abbr title="Unité &lt;b&gt;">UAI</abbr>, UAIx</p>'),
        ("> dit [name=Ada] [time=lundi] [color=red]", "<blockquote>\n<p>dit <small class=\"credit\">Ada</small> <small class=\"credit\">lundi</small> </p>\n</blockquote>"),
        ("$a < b$", '<p><span class="math">a &lt; b</span></p>'),
        (":::warning\nAttention\n:::", '<div class="alert alert-warning">\n<p>Attention</p>\n</div>'),
        (":::spoiler La *réponse*\n42\n:::", "<details><summary>La *réponse*</summary>\n<p>42</p>\n</details>"),
        ("```mermaid\nA-->B\n```", '<pre class="diagram"><code class="language-mermaid">A--&gt;B\n</code></pre>'),
        ('```fretboard {title="a & b", type="h6"}\n-o-\n```', '<pre class="diagram" data-options="{title=&quot;a &amp; b&quot;, type=&quot;h6&quot;}"><code class="language-fretboard">-o-\n</code></pre>'),
        ("```python=7\nx\ny\n```", '<pre class="numbered" data-lines="7\n8"><code class="language-python">x\ny\n</code></pre>'),
        ("```!\nx\n```", '<pre class="wrapped"><code>x\n</code></pre>'),
        ('```csvpreview {header="true"}\na,b\n1,2\n```', "<table><tbody><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></tbody></table>"),
        ("<details open><summary>a</summary>b</details>", '<details open=""><summary>a</summary>b</details>'),
        ("<kbd>Ctrl</kbd>", "<p><kbd>Ctrl</kbd></p>"),
    ],
)  # fmt: skip
def test_each_mark_is_shown_as_what_it_means(text, html):
    assert shown(text) == html


def test_pictures_may_say_how_large_they_are():
    assert '<img src="/f/3" alt="Un chat" width="200" height="100"' in shown("![Un chat](/f/3 =200x100)")
    assert '<img src="/f/3" alt="" title="Le mien" height="50"' in shown('![](/f/3 "Le mien" =x50)')


def test_what_is_elsewhere_is_a_link_and_is_not_fetched():
    assert '<a href="https://www.youtube.com/watch?v=abc"' in shown("{%youtube abc %}")
    assert shown("{%unknown abc %}") == "<p>{%unknown abc %}</p>"


def test_numbers_of_lines_go_on_where_the_last_code_stopped():
    assert re.findall(r'data-lines="([^"]*)"', shown("```c=7\na\nb\n```\n\n```c=+\nc\n```")) == ["7\n8", "9"]


def test_tasks_are_boxes_that_only_show():
    html = shown('- [ ] à *faire* "vite"\n- [x] fait')
    assert 'aria-label="à faire “vite”"' in html
    assert html.count("<input ") == html.count('type="checkbox"') == html.count('disabled=""') == 2
    assert html.count("checked=") == 1


def test_notes_refer_to_one_another_and_to_nothing_of_the_page_around():
    html = shown("Dit[^a] et ^[ici].\n\n[^a]: là")
    assert f'href="#{ID}fn1" id="{ID}fnref1"' in html
    assert f'<li id="{ID}fn2"' in html


def test_pictures_that_were_sent_are_asked_of_it_too_by_each_of_their_addresses():
    written = (
        "/uploads/a.png",
        "/pads/uploads/a.png",
        "http://pads.localhost:8000/uploads/a.png",
        "HTTPS://127.0.0.1/pads/uploads/a.png",
    )
    for address in written:
        assert re.findall('src="([^"]*)"', render(f"![]({address})", "/p/7/beside").html) == [
            "/p/7/beside?path=%2Fuploads%2Fa.png"
        ]
        assert f'src="{address.replace("HTTPS", "https")}"' in render(f"![]({address})").html.replace("HTTPS", "https")
    for other in (
        "https://evil.example/uploads/a.png",
        "https://pads.localhost.evil.example/uploads/a.png",
        "/uploads/../f/3",
        "/autre/uploads/a.png",
    ):
        assert "/p/7/beside" not in render(f"![]({other})", "/p/7/beside").html


def test_what_stands_beside_a_text_is_asked_of_an_address():
    html = render(
        "![](a%20b.png) [x](../c.md#d) <img src='é.png'> [y](/f/3) [z](https://a.example) [w](#e)", "/p/7/beside"
    ).html
    assert re.findall(r'(?:src|href)="([^"]*)"', html) == [
        "/p/7/beside?path=a%20b.png",
        f"/p/7/beside?path=..%2Fc.md#{ID}d",
        "/p/7/beside?path=%C3%A9.png",
        "/f/3",
        "https://a.example",
        f"#{ID}e",
    ]


def test_headings_have_ids_of_their_own_and_a_table():
    rendered = render("# L’été\n[toc]\n### Trois\n## Deux\n## Deux\n##")
    assert rendered.headings == [
        Heading(1, "L’été", f"{ID}lété"),
        Heading(3, "Trois", f"{ID}trois"),
        Heading(2, "Deux", f"{ID}deux"),
        Heading(2, "Deux", f"{ID}deux-1"),
        Heading(2, "", f"{ID}section"),
    ]
    assert rendered.html.count("<ul>") == rendered.html.count("</ul>") == 2
    assert rendered.html.count("<li>") == rendered.html.count("</li>") == 5


def test_the_front_matter_says_what_the_text_is():
    rendered = render(
        "---\ntitle: Volcans & séismes\ntags: svt, 4e\nlang: fr\nbreaks: false\ntype: slide\nGA: UA-1\n---\na\nb"
    )
    assert rendered.title == "Volcans & séismes"
    assert (rendered.front.tags, rendered.front.lang, rendered.front.slides) == (("svt", "4e"), "fr", True)
    assert rendered.html.strip() == "<p>a\nb</p>"


def test_the_title_is_the_first_heading_where_no_other_is_given():
    assert render("## Deux\n# Un & un\n# Autre").title == "Un & un"
    assert render("texte").title == ""


@pytest.mark.parametrize(
    "head",
    [
        "a: &x [1]\nb: *x",
        "a: [[[[[[1]]]]]]",
        "a: !!python/object/apply:os.system [ls]",
        "a: 2026-99-99",
        "- liste",
        "titre seul",
        f"a: {'x' * 9000}",
        "a: [",
    ],
)
def test_a_head_that_cannot_be_trusted_is_a_part_of_the_text(head):
    rendered = render(f"---\n{head}\n---\nreste")
    assert rendered.front.title == ""
    assert "reste" in rendered.html


@pytest.mark.parametrize("said", ["title: [1]", "lang: '\"><b>'", "tags: {a: 1}", "breaks: 'non'", "dir: up", "~"])
def test_what_a_head_cannot_mean_is_left_out(said):
    front = render(f"---\n{said}\n---\n").front
    assert (front.title, front.lang, front.tags, front.breaks, front.rtl) == ("", "", (), True, False)


def test_a_text_that_is_too_long_is_refused():
    for text in ("a" * (LARGEST + 1), "![" * (BRACKETS + 1)):
        with pytest.raises(TooLarge):
            render(text)
