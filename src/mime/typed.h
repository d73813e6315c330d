/* libical's typed getters believe that a value is of the type that they are named after, while the sender may claim
 * another one (DTSTART;VALUE=TEXT:…). The parser of 3.0.16 ignores such claims; nothing but that stands between them and
 * memory that is read as what it is not, so a property is asked for with its type. */
#pragma once

#include <libical/ical.h>

/* The first property of that name; NULL when there is none or its value is of another type. */
static inline icalproperty *typed_first(icalcomponent *c, icalproperty_kind name, icalvalue_kind type)
{
	icalproperty *p = icalcomponent_get_first_property(c, name);
	const icalvalue *value = p ? icalproperty_get_value(p) : NULL;

	return value != NULL && icalvalue_isa(value) == type ? p : NULL;
}

/* The same for a date or a date with a time. */
static inline icalproperty *typed_time(icalcomponent *c, icalproperty_kind name)
{
	icalproperty *p = typed_first(c, name, ICAL_DATETIME_VALUE);

	return p ? p : typed_first(c, name, ICAL_DATE_VALUE);
}
