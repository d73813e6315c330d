/* The options, for the connector and for its reader. */
#include "form.h"

enum { MIB = 1024 * 1024 };

const struct conf_key form_keys[] = {
	CONF_KEY(CONF_T_SECRET, form_conf, token, NULL, CONF_RELOAD,
		 "word that each post must carry, as ?token= or X-Form-Token"),
	CONF_KEY(CONF_T_LIST, form_conf, origins, NULL, CONF_RELOAD,
		 "sites whose pages may post, as https://www.example.com; others get 401"),
	CONF_KEY(CONF_T_STRING, form_conf, honeypot, NULL, CONF_RELOAD | CONF_NORMALIZE,
		 "field that people do not see: whoever fills it in is a robot, answered like "
		 "anyone, journalled and filtered. Without it _gotcha, _honey, honeypot, bot-field "
		 "and hp_… count as such"),
	CONF_KEY(CONF_T_RATE, form_conf, rate_limit, NULL, CONF_RELOAD,
		 "most posts from one address; beyond it the answer is 429"),
	CONF_KEY(CONF_T_STRING, form_conf, redirect_to, NULL, CONF_RELOAD,
		 "page to send the browser to (303) once the post is stored"),
	CONF_KEY(CONF_T_MAP, form_conf, map, NULL, CONF_RELOAD | CONF_NORMALIZE,
		 "which of the form's fields is what: name, email, phone, text, subject, company, "
		 "page_url, submitted_at or id, each with a field or a list of them. What is not "
		 "mapped is guessed from the usual names"),
	CONF_KEY_RANGE(CONF_T_SIZE, form_conf, max_body, "10MiB", CONF_RELOAD,
		       1024, 64 * MIB, "largest post, files included"),
	{ 0 },
};
