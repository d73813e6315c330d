/* The names that mails use for charsets, and what each is read as. Private to charset.c. */
#pragma once

/* How a charset is read. */
enum charset_reader { READ_UTF8, READ_ASCII, READ_1252, READ_ICONV };

struct charset_name {
	const char *name;		/* lower case */
	enum charset_reader reader;
	const char *iconv;		/* glibc's name for READ_ICONV */
};

/* Many senders write the smaller name and mean the larger set: iso-8859-1 is windows-1252,
 * gb2312 is gb18030, ks_c_5601 is cp949, shift_jis is cp932. */
static const struct charset_name charset_names[] = {
	{ "utf-8", READ_UTF8, 0 },	{ "utf8", READ_UTF8, 0 },
	{ "utf-8-sig", READ_UTF8, 0 },	{ "unicode-1-1-utf-8", READ_UTF8, 0 },
	{ "us-ascii", READ_ASCII, 0 },	{ "ascii", READ_ASCII, 0 },
	{ "ansi_x3.4-1968", READ_ASCII, 0 }, { "646", READ_ASCII, 0 },
	{ "iso-8859-1", READ_1252, 0 },	{ "iso8859-1", READ_1252, 0 },
	{ "iso_8859-1", READ_1252, 0 },	{ "latin1", READ_1252, 0 },
	{ "latin-1", READ_1252, 0 },	{ "windows-1252", READ_1252, 0 },
	{ "cp1252", READ_1252, 0 },	{ "cp-1252", READ_1252, 0 },
	{ "x-ansi", READ_1252, 0 },	{ "ansi", READ_1252, 0 },
	{ "iso-8859-2", READ_ICONV, "ISO-8859-2" },	{ "latin2", READ_ICONV, "ISO-8859-2" },
	{ "iso-8859-3", READ_ICONV, "ISO-8859-3" },	{ "iso-8859-4", READ_ICONV, "ISO-8859-4" },
	{ "iso-8859-5", READ_ICONV, "ISO-8859-5" },	{ "iso-8859-6", READ_ICONV, "ISO-8859-6" },
	{ "iso-8859-7", READ_ICONV, "ISO-8859-7" },	{ "iso-8859-8", READ_ICONV, "ISO-8859-8" },
	{ "iso-8859-8-i", READ_ICONV, "ISO-8859-8" },	{ "iso-8859-6-i", READ_ICONV, "ISO-8859-6" },
	{ "iso-8859-9", READ_ICONV, "WINDOWS-1254" },	{ "latin5", READ_ICONV, "WINDOWS-1254" },
	{ "iso-8859-10", READ_ICONV, "ISO-8859-10" },	{ "iso-8859-11", READ_ICONV, "CP874" },
	{ "tis-620", READ_ICONV, "CP874" },		{ "windows-874", READ_ICONV, "CP874" },
	{ "iso-8859-13", READ_ICONV, "ISO-8859-13" },	{ "iso-8859-14", READ_ICONV, "ISO-8859-14" },
	{ "iso-8859-15", READ_ICONV, "ISO-8859-15" },	{ "latin9", READ_ICONV, "ISO-8859-15" },
	{ "latin-9", READ_ICONV, "ISO-8859-15" },	{ "iso-8859-16", READ_ICONV, "ISO-8859-16" },
	{ "windows-1250", READ_ICONV, "WINDOWS-1250" },	{ "cp1250", READ_ICONV, "WINDOWS-1250" },
	{ "windows-1251", READ_ICONV, "WINDOWS-1251" },	{ "cp1251", READ_ICONV, "WINDOWS-1251" },
	{ "windows-1253", READ_ICONV, "WINDOWS-1253" },	{ "windows-1254", READ_ICONV, "WINDOWS-1254" },
	{ "windows-1255", READ_ICONV, "WINDOWS-1255" },	{ "windows-1256", READ_ICONV, "WINDOWS-1256" },
	{ "windows-1257", READ_ICONV, "WINDOWS-1257" },	{ "windows-1258", READ_ICONV, "WINDOWS-1258" },
	{ "koi8-r", READ_ICONV, "KOI8-R" },		{ "koi8-u", READ_ICONV, "KOI8-U" },
	{ "ibm437", READ_ICONV, "IBM437" },		{ "cp437", READ_ICONV, "IBM437" },
	{ "ibm850", READ_ICONV, "IBM850" },		{ "cp850", READ_ICONV, "IBM850" },
	{ "ibm852", READ_ICONV, "IBM852" },		{ "cp852", READ_ICONV, "IBM852" },
	{ "ibm866", READ_ICONV, "IBM866" },		{ "cp866", READ_ICONV, "IBM866" },
	{ "macintosh", READ_ICONV, "MACINTOSH" },	{ "mac", READ_ICONV, "MACINTOSH" },
	{ "x-mac-roman", READ_ICONV, "MACINTOSH" },
	{ "gb2312", READ_ICONV, "GB18030" },		{ "gbk", READ_ICONV, "GB18030" },
	{ "gb18030", READ_ICONV, "GB18030" },		{ "gb_2312-80", READ_ICONV, "GB18030" },
	{ "cp936", READ_ICONV, "GB18030" },		{ "x-gbk", READ_ICONV, "GB18030" },
	{ "big5", READ_ICONV, "BIG5-HKSCS" },		{ "big5-hkscs", READ_ICONV, "BIG5-HKSCS" },
	{ "cp950", READ_ICONV, "CP950" },
	{ "shift_jis", READ_ICONV, "CP932" },		{ "shift-jis", READ_ICONV, "CP932" },
	{ "sjis", READ_ICONV, "CP932" },		{ "x-sjis", READ_ICONV, "CP932" },
	{ "windows-31j", READ_ICONV, "CP932" },		{ "cp932", READ_ICONV, "CP932" },
	{ "euc-jp", READ_ICONV, "EUC-JP" },		{ "iso-2022-jp", READ_ICONV, "ISO-2022-JP" },
	{ "iso-2022-jp-1", READ_ICONV, "ISO-2022-JP-1" }, { "iso-2022-jp-2", READ_ICONV, "ISO-2022-JP-2" },
	{ "euc-kr", READ_ICONV, "CP949" },		{ "ks_c_5601-1987", READ_ICONV, "CP949" },
	{ "ks_c_5601", READ_ICONV, "CP949" },		{ "ksc5601", READ_ICONV, "CP949" },
	{ "cp949", READ_ICONV, "CP949" },		{ "windows-949", READ_ICONV, "CP949" },
	{ "iso-2022-kr", READ_ICONV, "ISO-2022-KR" },
	{ "utf-7", READ_ICONV, "UTF-7" },		{ "unicode-1-1-utf-7", READ_ICONV, "UTF-7" },
	{ "utf-16", READ_ICONV, "UTF-16" },		{ "utf-16le", READ_ICONV, "UTF-16LE" },
	{ "utf-16be", READ_ICONV, "UTF-16BE" },		{ "utf-32", READ_ICONV, "UTF-32" },
};
