/* Mail domains whose addresses belong to anybody: providers, access providers that give their
 * customers addresses, relays and throw-away addresses. Registrable domains (or, for relays, whole
 * ones); sorted by bytes, which a test checks. Left out on purpose: domains that a provider's
 * own employees use as well. */
#include "model/freemail.h"

#include "base/mem.h"

static const char *const domains[] = {
	"012.net.il", "013.net", "10minutemail.com", "123mail.cl", "126.com", "139.com",
	"163.com", "188.com", "189.cn", "1und1.de", "21cn.com", "263.net", "9online.fr",
	"a1.net", "aapt.net.au", "absamail.co.za", "abv.bg", "accountant.com", "adam.com.au",
	"addy.io", "adinet.com.uy", "aeiou.pt", "aim.com", "airtelmail.in", "alice-dsl.de",
	"alice-dsl.net", "alice.de", "alice.it", "aliceadsl.fr", "ameritech.net", "amis.net",
	"andinanet.net", "anonaddy.com", "anonaddy.me", "aol.com", "aol.com.br", "aon.at",
	"apollo.lv", "appleid.com", "arcor.de", "argentina.com", "arnet.com.ar", "aruba.it",
	"arubapec.it", "asahi-net.or.jp", "asia.com", "atlas.cz", "att.net", "autograf.pl",
	"autorambler.ru", "azet.sk", "base.be", "bbox.fr", "belgacom.net", "bell.net",
	"bellsouth.net", "bezeqint.net", "bigfoot.com", "biglobe.ne.jp", "bigmir.net",
	"bigpond.com", "bigpond.net.au", "bk.ru", "blu.it", "bluemail.ch", "bluewin.ch",
	"blueyonder.co.uk", "bol.com", "bol.com.br", "bredband.net", "broadpark.no",
	"brturbo.com.br", "bsnl.co.in", "bsnl.in", "btconnect.com", "btinternet.com",
	"btopenworld.com", "buziaczek.pl", "cable.net.co", "cableonda.net", "cableone.net",
	"cantv.net", "caramail.com", "casema.nl", "cegetel.net", "centrin.net.id", "centrum.cz",
	"centrum.sk", "centurylink.net", "centurytel.net", "charter.net", "cheerful.com",
	"chello.at", "chello.nl", "citromail.hu", "citycable.ch", "ciudad.com.ar",
	"claro.net.do", "clear.net.nz", "click21.com.br", "clix.pt", "club-internet.fr",
	"codetel.net.do", "cogeco.ca", "comcast.net", "comhem.se", "compuserve.com",
	"compuserve.de", "consolidated.net", "consultant.com", "contractor.net", "correo.com",
	"correo.com.mx", "cotas.com.bo", "countermail.com", "cox.net", "ctemplar.com",
	"datamarkets.com.ar", "dataone.in", "daum.net", "dbmail.com", "delfi.lt", "dion.ne.jp",
	"dir.bg", "discard.email", "dispostable.com", "disroot.org", "dnainternet.net",
	"docomo.ne.jp", "doctor.com", "dodo.com.au", "dr.com", "dreamwiz.com", "drei.at",
	"duck.com", "earthlink.net", "eastlink.ca", "edpnet.be", "ee.co.uk", "eim.ae",
	"eircom.net", "elisanet.fi", "email.com", "email.com.br", "email.cz", "email.de",
	"email.it", "email.si", "email.ua", "embarqmail.com", "emirates.net.ae", "empal.com",
	"engineer.com", "entelchile.net", "entelnet.bo", "epm.net.co", "etb.net.co",
	"europe.com", "euskaltel.net", "ewe.net", "ewetel.net", "excite.co.jp", "excite.com",
	"exemail.com.au", "ezweb.ne.jp", "fastmail.com", "fastmail.fm", "fastmail.net",
	"fastmail.org", "fastwebnet.it", "fibertel.com.ar", "folha.com.br", "forthnet.gr",
	"foxmail.com", "fpt.vn", "free.fr", "freedom.nl", "freemail.gr", "freemail.hu",
	"freenet.de", "freeserve.co.uk", "frontier.com", "frontiernet.net", "games.com",
	"gawab.com", "gazeta.pl", "getnada.com", "giallo.it", "globetrotter.net", "globo.com",
	"globomail.com", "glocalnet.net", "gmail.com", "gmail.com.br", "gmx.at", "gmx.biz",
	"gmx.ch", "gmx.co.uk", "gmx.com", "gmx.de", "gmx.es", "gmx.eu", "gmx.fr", "gmx.info",
	"gmx.li", "gmx.net", "gmx.org", "gmx.us", "gnet.tn", "go2.pl", "goo.jp",
	"googlemail.com", "guerrillamail.com", "hanmail.net", "hanmir.com", "hawaiiantel.net",
	"hetnet.nl", "hey.com", "hi-ho.ne.jp", "hinet.net", "hispavista.com", "hispeed.ch",
	"hol.gr", "home.nl", "home.ro", "home.se", "hot.ee", "hotbox.ru", "hotmail.cl",
	"hotmail.com", "hotmail.com.ar", "hotmail.com.br", "hotmail.com.co", "hotmail.com.mx",
	"hotmail.com.pe", "hotmail.com.py", "hotmail.com.uy", "hotmail.com.ve", "hotmail.ec",
	"hotpop.com", "htp-tel.de", "hughes.net", "hush.com", "hushmail.com", "hushmail.me",
	"i-cable.com", "i.softbank.jp", "i.ua", "iafrica.com", "ibest.com.br",
	"ibestvip.com.br", "ice.co.cr", "icloud.com", "ig.com", "ig.com.br", "ihug.co.nz",
	"iinet.net.au", "in.com", "in.gr", "iname.com", "inbox.com", "inbox.lt", "inbox.lv",
	"inbox.ru", "indamail.hu", "indiatimes.com", "indo.net.id", "inet.fi", "inet.hr",
	"infinitum.com.mx", "infoseek.jp", "infovia.com.ar", "inode.at", "intelnet.net.gt",
	"interia.eu", "interia.pl", "internet.com.uy", "internet.lu", "internet.ru",
	"internode.on.net", "inwind.it", "iol.ie", "iol.it", "iol.pt", "itelefonica.com.br",
	"jazztel.es", "jubii.dk", "juno.com", "k.ro", "kabelmail.de", "kabsi.at", "kakao.com",
	"keemail.me", "knology.net", "kolabnow.com", "kolumbus.fi", "korea.com", "kpnmail.nl",
	"kpnplanet.nl", "lantic.net", "laposte.net", "latinmail.com", "lavabit.com",
	"lawyer.com", "legalmail.it", "lenta.ru", "libero.it", "libertysurf.fr", "lineone.net",
	"link.net", "list.ru", "live.at", "live.be", "live.ca", "live.cl", "live.cn",
	"live.co.uk", "live.co.za", "live.com", "live.com.ar", "live.com.au", "live.com.br",
	"live.com.co", "live.com.mx", "live.com.my", "live.com.pe", "live.com.ph",
	"live.com.pt", "live.com.sg", "live.com.ve", "live.de", "live.dk", "live.fi", "live.fr",
	"live.hk", "live.ie", "live.in", "live.it", "live.jp", "live.nl", "live.no", "live.pt",
	"live.ru", "live.se", "livedoor.com", "liwest.at", "love.com", "loxinfo.co.th",
	"luukku.com", "lycos.com", "lycos.de", "mac.com", "magenta.de", "mail.bg", "mail.com",
	"mail.dk", "mail.ee", "mail.pt", "mail.ru", "mail.telepac.pt", "mail2world.com",
	"mailbox.org", "mailcatch.com", "maildrop.cc", "mailfence.com", "mailinator.com",
	"mailnesia.com", "maktoob.com", "manquehue.net", "mchsi.com", "me.com",
	"mediacombb.net", "menara.ma", "meo.pt", "messagingengine.com", "meta.ua", "mi.cl",
	"mindspring.com", "moakt.com", "montevideo.com.uy", "movistar.com.ve", "movistar.es",
	"mozmail.com", "msn.cn", "msn.com", "msn.com.br", "msn.nl", "msn.se", "mts.net",
	"mundo-r.com", "mweb.co.za", "mynet.com", "myrambler.ru", "myself.com", "myyahoo.com",
	"nana.co.il", "narod.ru", "nate.com", "naver.com", "nb.sympatico.ca", "net.hr",
	"netcabo.pt", "netcologne.de", "neti.ee", "netpar.com.br", "netplus.ch", "netscape.com",
	"netscape.net", "netsite.com.br", "netvigator.com", "netvisao.pt", "netvision.net.il",
	"netzero.com", "netzero.net", "neuf.fr", "nifty.com", "noos.fr", "nordnet.fr", "nos.pt",
	"ntlworld.com", "numericable.fr", "o2.co.uk", "o2.pl", "o2mail.de", "o2online.de",
	"ocn.ne.jp", "odn.ne.jp", "oi.com.br", "onda.com.br", "onda.net.br", "one.lt", "one.lv",
	"onet.eu", "onet.pl", "oninet.pt", "online.de", "online.ee", "online.nl", "online.no",
	"online.ua", "ono.com", "op.pl", "optimum.net", "optonline.net", "optusnet.com.au",
	"orange.es", "orange.fr", "orange.net", "orcon.net.nz", "osite.com.br", "osnanet.de",
	"otenet.gr", "outlook.cl", "outlook.com", "outlook.com.ar", "outlook.com.br",
	"outlook.com.co", "outlook.com.mx", "outlook.com.pe", "ozemail.com.au", "pacbell.net",
	"pacific.net.sg", "pandora.be", "paradise.net.nz", "paran.com", "passagen.se",
	"passport.com", "pchome.com.tw", "pec.it", "peoplepc.com", "personal.ro", "plala.or.jp",
	"planet.nl", "planet.tn", "plasa.com", "pldtdsl.net", "plus.com", "plus.net", "pm.me",
	"pobox.sk", "pochta.ru", "poczta.fm", "poczta.onet.pl", "polka.co.za", "pop.com.br",
	"portugalmail.com", "portugalmail.pt", "post.com", "post.cz", "post.sk", "post.tele.dk",
	"postecert.it", "posteo.de", "posteo.net", "posteo.org", "pp.inet.fi",
	"privaterelay.appleid.com", "prodigy.net", "prodigy.net.mx", "proton.me",
	"protonmail.ch", "protonmail.com", "proximus.be", "pt.lu", "ptd.net", "punto.net.ec",
	"q.com", "qq.com", "quick.cz", "quicknet.nl", "r7.com", "racsa.co.cr", "rambler.ru",
	"rcn.com", "rediffmail.com", "relay.firefox.com", "riseup.net", "ro.ru",
	"roadrunner.com", "rocketmail.com", "rogers.com", "rr.com", "runbox.com",
	"sancharnet.in", "sapo.pt", "sasktel.net", "saunalahti.fi", "sbcglobal.net",
	"scarlet.be", "seed.net.tw", "sent.com", "sercomtel.com.br", "seznam.cz", "sfr.fr",
	"sharklasers.com", "shaw.ca", "sify.com", "simplelogin.co", "simplelogin.com",
	"sina.cn", "sina.com", "sinectis.com.ar", "singnet.com.sg", "siol.net", "skiff.com",
	"sky.com", "skyinet.net", "skynet.be", "slingshot.co.nz", "slmail.me", "snet.net",
	"so-net.ne.jp", "softbank.ne.jp", "sohu.com", "solcon.nl", "spamgourmet.com",
	"speedy.com.ar", "speedy.com.pe", "spray.se", "starhub.net.sg", "startmail.com",
	"stofanet.dk", "stonline.sk", "streamyx.com", "suddenlink.net", "sunrise.ch",
	"suomi24.fi", "superig.com.br", "supernet.com.bo", "superonline.com", "swbell.net",
	"swissonline.ch", "sympatico.ca", "szm.sk", "t-com.me", "t-online.de", "t-online.hu",
	"talk21.com", "talktalk.net", "tdcadsl.dk", "tds.net", "techie.com", "tedata.net.eg",
	"teksavvy.com", "tele2.at", "tele2.nl", "tele2.se", "telecable.es", "telecentro.com.ar",
	"telefonica.net", "telenet.be", "telepac.pt", "teletu.it", "telfort.nl", "telia.com",
	"telkom.net", "telkomsa.net", "telmexmail.com", "telus.net", "temp-mail.org",
	"tempmail.com", "tempr.email", "terra.cl", "terra.com", "terra.com.br", "terra.com.mx",
	"terra.com.pe", "terra.es", "tesco.net", "throwawaymail.com", "tigo.com.py", "tim.it",
	"tin.it", "tiscali.co.uk", "tiscali.cz", "tiscali.fr", "tiscali.it", "tlen.pl",
	"tm.net.my", "tom.com", "topnet.tn", "tpg.com.au", "trashmail.com", "trashmail.de",
	"ttmail.com", "turbonett.com", "tut.by", "tuta.com", "tuta.io", "tutamail.com",
	"tutanota.com", "tutanota.de", "tutopia.com", "twc.com", "ua.fm", "ukr.net",
	"une.net.co", "unity-mail.de", "unitybox.de", "uol.com", "uol.com.br",
	"uolsinectis.com.ar", "upcmail.hu", "upcmail.nl", "usa.com", "usa.net",
	"users.noreply.github.com", "utanet.at", "uwclub.net", "veloxmail.com.br",
	"vera.com.uy", "verizon.net", "versanet.de", "videotron.ca", "videotron.qc.ca",
	"vip.126.com", "vip.163.com", "vip.hr", "vip.qq.com", "vip.sina.com", "vipmail.hu",
	"virgilio.it", "virgin.net", "virginmedia.com", "vnn.vn", "vodafone.co.nz",
	"vodafone.de", "vodafone.es", "vodafone.pt", "vodamail.co.za", "voila.fr", "volja.net",
	"volny.cz", "voo.be", "vp.pl", "vsnl.com", "vsnl.net", "vtr.net", "vtxmail.ch",
	"walla.co.il", "walla.com", "wanadoo.es", "wanadoo.fr", "web.de", "webmail.co.za",
	"webspeed.dk", "welho.com", "westnet.com.au", "wildblue.net", "windowslive.com",
	"windstream.net", "wo.cn", "workmail.com", "wow.com", "wowway.com", "wp.pl",
	"writeme.com", "xmail.ru", "xplornet.com", "xs4all.nl", "xtra.co.nz", "ya.com", "ya.ru",
	"yahoo.cl", "yahoo.co.jp", "yahoo.com", "yahoo.com.ar", "yahoo.com.br", "yahoo.com.co",
	"yahoo.com.mx", "yahoo.com.pe", "yahoo.com.ve", "yahoo.ro", "yam.com", "yandex.by",
	"yandex.com", "yandex.com.tr", "yandex.kz", "yandex.ru", "yandex.ua", "yeah.net",
	"ymail.com", "ymail.com.br", "ymobile.ne.jp", "yopmail.com", "yopmail.fr", "youmail.dk",
	"zahav.net.il", "zeelandnet.nl", "ziggo.nl", "zipmail.com.br", "zoho.com",
	"zohomail.com", "zohomail.eu", "zohomail.in", "zonmail.pt", "zonnet.nl", "zoznam.sk",
};

/* Brands of mail that are the same in every country: hotmail.co.uk, yahoo.com.sg, outlook.cz. */
static const char *const brands[] = { "hotmail.", "outlook.", "yahoo.", "ymail.", "rocketmail." };

static bool is_listed(struct str domain)
{
	size_t low = 0, high = countof(domains), middle;
	int order;

	while (low < high) {
		middle = (low + high) / 2;
		order = str_cmp(domain, str_from(domains[middle]));
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool freemail_has(struct str host, struct str registrable)
{
	for (size_t i = 0; i < countof(brands); i++)
		if (str_starts(registrable, str_from(brands[i])))
			return true;
	return is_listed(registrable) || is_listed(host);
}

size_t freemail_count(void)
{
	return countof(domains);
}

const char *freemail_at(size_t i)
{
	return domains[i];
}
