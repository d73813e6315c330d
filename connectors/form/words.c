#include "words.h"

struct entry {
	enum meaning meaning;
	const char *keys;		/* with a blank between */
};

static const struct entry keys[] = {
	{ MEANING_NAME, "name nome nombre fullname completename nomecompleto nombrecompleto "
			"yourname seunome namesurname nomesobrenome nombreapellido nombreyapellido "
			"nomeesobrenome nombreapellidos nombreyapellidos" },
	{ MEANING_FIRST_NAME, "firstname fname givenname forename primeironome primernombre prenome "
			      "namefirst nomefirst nombrefirst" },
	{ MEANING_LAST_NAME, "lastname lname surname familyname sobrenome apellido apellidos "
			     "ultimonome namelast nomelast nombrelast" },
	{ MEANING_EMAIL, "email mail emailaddress mailaddress enderecoemail correo "
			 "correoelectronico emailcorporativo melhoremail workemail" },
	{ MEANING_PHONE, "phone telefone telefono tel telephone telephonenumber phonenumber celular "
			 "whatsapp whats wpp zap fone cel movil mobile mobilephone mobilenumber "
			 "cellphone telefonecelular celularwhatsapp telefonewhatsapp "
			 "whatsapptelefone numerotelefone numerowhatsapp whatsappnumber "
			 "phonefull telefonefull" },
	{ MEANING_TEXT, "message mensagem mensaje msg comments comment comentario comentarios texto "
			"text textarea question pergunta duvida pregunta consulta description "
			"descricao descripcion inquiry enquiry recado notes observacoes observacao "
			"observaciones howcanwehelp comopodemosajudar" },
	{ MEANING_SUBJECT, "subject assunto asunto" },
	{ MEANING_COMPANY, "company companyname empresa nomeempresa empresanome nombreempresa "
			   "organization organisation organizacao organizacion business "
			   "businessname razaosocial companhia" },
	{ MEANING_PAGE_URL, "pageurl pageuri page sourceurl currenturl landingpage landingurl "
			    "metapageurl urlpagina urldapagina pagelocation pagehref" },
	{ MEANING_SUBMITTED_AT, "submittedat createdat datecreated submissiontime" },
	{ MEANING_ID, "idempotencykey" },
	{ MEANING_WEAK_ID, "submissionid responseid entryid submissiontoken id" },
	{ MEANING_FORM_ID, "formid idform formularioid" },
	{ MEANING_FORM_NAME, "formname formtitle nomeformulario" },
	{ MEANING_CONSENT, "consent consentimento consentimiento lgpd gdpr rgpd privacy privacidade "
			   "privacidad privacypolicy politicaprivacidade politicaprivacidad optin "
			   "aceite aceito acepto terms termos terminos acceptance agree agreement" },
	{ MEANING_CAMPAIGN, "utmsource utmmedium utmcampaign utmterm utmcontent gclid fbclid msclkid "
			    "ttclid gbraid wbraid" },
	{ MEANING_HIDDEN, "submit send enviar btn button botao token csrf csrftoken authenticitytoken "
			  "csrfmiddlewaretoken nonce wpnonce charset utf8 grecaptcharesponse "
			  "hcaptcharesponse cfturnstileresponse captcha recaptcha next redirect "
			  "redirectto formtoken isstarred isread dateupdated postid createdby "
			  "useragent agent paymentstatus ip remoteip metadate metatime metauseragent "
			  "metaremoteip metacredit pagetitle wpcf7unittag referrer referer" },
};

static const struct entry hints[] = {
	{ MEANING_EMAIL, "email mail correo" },
	{ MEANING_PHONE, "telefone telefono phone telephone celular whatsapp whats mobile movil fone" },
	{ MEANING_TEXT, "mensagem message mensaje comentario comentarios comment comments pergunta "
			"question pregunta" },
};

static bool has_word(const char *list, struct str word)
{
	struct str rest = str_from(list);
	bool is_at_start = true;

	while (word.len > 0 && word.len <= rest.len) {
		size_t at = str_find(rest, word), end = at + word.len;

		if (at == STR_NONE)
			return false;
		if ((at == 0 ? is_at_start : rest.ptr[at - 1] == ' ') &&
		    (end == rest.len || rest.ptr[end] == ' '))
			return true;
		rest = str_sub(rest, at + 1, rest.len);
		is_at_start = false;
	}
	return false;
}

static enum meaning look_up(const struct entry *entries, size_t n, struct str word)
{
	for (size_t i = 0; i < n; i++)
		if (has_word(entries[i].keys, word))
			return entries[i].meaning;
	return MEANING_NONE;
}

enum meaning words_meaning(struct str key)
{
	return look_up(keys, sizeof(keys) / sizeof(*keys), key);
}

enum meaning words_hint(struct str word)
{
	return look_up(hints, sizeof(hints) / sizeof(*hints), word);
}

bool words_is_filler(struct str word)
{
	return has_word("your seu sua su tu my meu minha mi contact contato contacto lead customer "
			"cliente client user usuario visitor the da de do del la el respondent "
			"field campo input", word);
}

bool words_is_wrapper(struct str key)
{
	return has_word("lead contact contacts contato fields field data payload customer user client "
			"cliente form formdata formfields formvalues values answers properties "
			"attributes person pessoa body submission formresponse wpforms contactform "
			"formresponseanswers value", key);
}
