"""Where the product and the labels differ, and why: (mail, kind of label) → reason. The floor of the test: what is
not listed here must agree, and what agrees must not be listed."""

_DISCLAIMER = "a paragraph below a closing may be the text itself; nothing is cut"
_NO_MARK = "nothing but a person's eye says where the signature begins"

KNOWN = {
    ("hard_answer_in_outlook", "new"): "what was typed into Outlook's old mail carries no mark; the full text has it",
    ("hard_disclaimer", "new"): _DISCLAIMER,
    ("hard_disclaimer", "signature"): _DISCLAIMER,
    ("hard_list_footer", "new"): "the footer of a list counts as text below the quote, so all is kept",
    ("hard_lotus", "new"): "an attribution without an address above an unquoted mail may be prose",
    ("hard_name_only", "new"): _NO_MARK,
    ("hard_name_only", "signature"): _NO_MARK,
    ("hard_quote_of_a_third", "new"): "a quote at the end counts as the old mail, whoever is quoted; the full text has it",
    ("hard_signature_by_stars", "new"): _NO_MARK,
    ("hard_signature_by_stars", "signature"): _NO_MARK,
    ("hard_wrapped_four_times", "new"): "attributions are joined over three lines, not four",
}
