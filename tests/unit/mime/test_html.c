#include "mime/html.h"

#include <string.h>

#include "../check_main.h"

static struct buf out;

static const char *text_of(const char *html)
{
	buf_finish(&out);
	buf_init(&out, 1 << 20);
	html_to_text(str_from(html), &out);
	return out.ptr ? out.ptr : "";
}

START_TEST(blocks_end_lines_and_white_space_collapses)
{
	ck_assert_str_eq(text_of("<p>one\n  two</p><p>three</p>"), "one two\n\nthree");
	ck_assert_str_eq(text_of("<div>a</div><div>b<br>c</div>"), "a\nb\nc");
	ck_assert_str_eq(text_of("<div>a</div><div><br></div><div>b</div>"), "a\n\nb");
	ck_assert_str_eq(text_of("a<br><br><br><br><br>b"), "a\n\n\nb");
	ck_assert_str_eq(text_of("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"),
			 "a b\nc");
	ck_assert_str_eq(text_of("<pre>a\n  b</pre>c"), "a\n  b\nc");
}
END_TEST

START_TEST(lists_have_marks_and_numbers)
{
	ck_assert_str_eq(text_of("<ul><li>a<li>b</ul>"), "- a\n- b");
	ck_assert_str_eq(text_of("<ol><li>a</li><li>b<ul><li>c</ul></li><li>d</ol>"),
			 "1. a\n2. b\n  - c\n3. d");
	ck_assert_str_eq(text_of("<ol start=\"4\"><li>a<li>b</ol>"), "4. a\n5. b");
}
END_TEST

START_TEST(a_link_is_followed_by_its_target_when_that_says_more)
{
	ck_assert_str_eq(text_of("see <a href=\"https://x.example/a?b=1&amp;c\">this</a>!"),
			 "see this (https://x.example/a?b=1&c)!");
	ck_assert_str_eq(text_of("<a href='https://www.x.example/'>x.example</a>"), "x.example");
	ck_assert_str_eq(text_of("<a href='mailto:a@x.example'>a@x.example</a>"), "a@x.example");
	ck_assert_str_eq(text_of("<a href='javascript:x()'>x</a> <a href='#top'>y</a>"), "x y");
	ck_assert_str_eq(text_of("<a href='https://x.example/'><img src=x></a>z"), "z");
}
END_TEST

START_TEST(what_nobody_sees_is_left_out)
{
	ck_assert_str_eq(text_of("<title>t</title><style>p{}</style><script>x<b></script>a"), "a");
	ck_assert_str_eq(text_of("<div style='DISPLAY : none'>pre<div>x</div>view</div>a"), "a");
	ck_assert_str_eq(text_of("<span hidden>b</span>a<!-- c --><!doctype d>"), "a");
	ck_assert_str_eq(text_of("<div style='max-height:0px;overflow:hidden;opacity:0'>b</div>&zwnj;&nbsp;&zwnj;&nbsp;a"), "a");
}
END_TEST

START_TEST(what_only_one_program_hides_is_read)
{
	ck_assert_str_eq(text_of("<a href='https://x.example/pay' style='color:red;mso-hide:all'>Pay</a>"),
			 "Pay (https://x.example/pay)");
	ck_assert_str_eq(text_of("<div style='opacity:0.9;max-height:0.5em'>a</div>"), "a");
}
END_TEST

START_TEST(tables_with_data_have_bars_between_their_cells)
{
	ck_assert_str_eq(text_of("<table border=1><tr><td><p>Item</p></td><td><p>Price</p></td></tr>"
				 "<tr><td>Beam</td><td></td><td>EUR 5</td></tr></table>after"),
			 "Item | Price\n\nBeam | | EUR 5\nafter");
	ck_assert_str_eq(text_of("<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>"),
			 "a | b\nc | d");
	ck_assert_str_eq(text_of("<table border=0><tr><td><table border=1><tr><td>a<td>b</table><td>c</table>"),
			 "a | b\nc");
}
END_TEST

START_TEST(a_picture_of_the_mail_is_named_where_it_stands)
{
	ck_assert_str_eq(text_of("See <img src=\"cid:foto@x\" alt=foto> here"), "See [cid:foto@x] here");
	ck_assert_str_eq(text_of("a<img src='https://t.example/open.gif' width=1 height=1>b"), "ab");
	ck_assert_str_eq(text_of("a<img src='cid:dot@x' width=1 height=1>b"), "ab");
}
END_TEST

START_TEST(what_follows_outlooks_mark_is_quoted)
{
	ck_assert_str_eq(text_of("new<hr><div id='x_divRplyFwdMsg'><b>Feladó:</b> A</div><div>old</div></div></div>more"),
			 "new\n________________________________\n> Feladó: A\n> old\n> more");
}
END_TEST

START_TEST(what_yahoo_calls_quoted_is_quoted)
{
	ck_assert_str_eq(text_of("new<div class='ydp1 yahoo_quoted'><div>On 1 May Ana wrote:</div><div>old</div></div><div>below</div>"),
			 "new\n> On 1 May Ana wrote:\n> old\nbelow");
}
END_TEST

START_TEST(an_element_hidden_to_the_end_is_read_after_all)
{
	ck_assert_str_eq(text_of("a <p style='display:none'>b <i>c</i>"), "a\n\nb c");
	ck_assert_str_eq(text_of("<script>never closed"), "never closed");
	ck_assert_str_eq(text_of("<!-- never closed> a"), "a");
	ck_assert_str_eq(text_of("<p title=\"never closed>a"), "a");
}
END_TEST

START_TEST(quoted_blocks_begin_their_lines_with_a_mark)
{
	ck_assert_str_eq(text_of("a<blockquote>b<br>c<blockquote>d</blockquote></blockquote>e"),
			 "a\n> b\n> c\n> > d\ne");
}
END_TEST

START_TEST(references_are_decoded)
{
	ck_assert_str_eq(text_of("&lt;&amp;&gt; &eacute;&#233;&#xe9; &euro; &hellip; &copy2026"),
			 "<&> ééé € … ©2026");
	ck_assert_str_eq(text_of("&#150;&#x1F600;"), "–😀");
	ck_assert_str_eq(text_of("&unknown; & &; &#; &#xZ; &#0;&#x110000;&#xd800;"),
			 "&unknown; & &; &#; &#xZ; \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	ck_assert_str_eq(text_of("a < b <3 </ c"), "a < b <3 </ c");
}
END_TEST

START_TEST(emoji_pictures_are_their_characters)
{
	ck_assert_str_eq(text_of("ok <img alt=\"😀\"> <img alt='logo'>"), "ok 😀");
}
END_TEST

START_TEST(the_charset_of_a_meta_element_is_found)
{
	struct str charset = html_meta_charset(STR("<html><META http-equiv=x content='text/html; charset=koi8-r'>"));

	ck_assert(str_eq(charset, STR("koi8-r")));
	ck_assert(str_eq(html_meta_charset(STR("<meta charset=\"utf-8\">")), STR("utf-8")));
	ck_assert_uint_eq(html_meta_charset(STR("<p>charset=x")).len, 0);
}
END_TEST

START_TEST(input_beyond_the_cap_is_not_read)
{
	size_t n = HTML_INPUT_MAX + 100;
	char *big = malloc(n);
	struct buf b;

	memset(big, 'a', n);
	buf_init(&b, 8 << 20);
	ck_assert(!html_to_text((struct str){ big, n }, &b));
	ck_assert_uint_eq(b.len, HTML_INPUT_MAX);
	buf_finish(&b);
	free(big);
}
END_TEST

RUN("mime-html", blocks_end_lines_and_white_space_collapses, lists_have_marks_and_numbers,
    a_link_is_followed_by_its_target_when_that_says_more, what_nobody_sees_is_left_out, what_only_one_program_hides_is_read,
    tables_with_data_have_bars_between_their_cells, a_picture_of_the_mail_is_named_where_it_stands,
    what_follows_outlooks_mark_is_quoted, what_yahoo_calls_quoted_is_quoted,
    an_element_hidden_to_the_end_is_read_after_all, quoted_blocks_begin_their_lines_with_a_mark,
    references_are_decoded, emoji_pictures_are_their_characters,
    the_charset_of_a_meta_element_is_found, input_beyond_the_cap_is_not_read)
