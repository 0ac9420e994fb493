package wizard

import (
	"strings"
	"unicode"
)

// quotes are the marks that come along from mails, documents and scripts.
const quotes = "\"'`“”„‟‘’‚‛«»"

// separators are the marks that stand behind an address in a sentence or in a
// mail program's list, and that no address begins or ends with.
const separators = ".,;"

// Clean removes what pasting brings along at both ends: white space, quotes,
// zero-width and control characters. It never changes anything inside.
func Clean(typed string) string { return trim(typed, quotes) }

// CleanField is Clean with what the field adds: braces around an ID, all but
// the host of a pasted URL for the redirect host, all but the address of
// "Name <address>;", the part behind @ for a mail domain, the slash after a base
// address. Names keep their quotes.
func CleanField(f Field, typed string) string {
	// Far longer than any value: nothing worth the search, the checks will say so.
	const most = 4096
	for len(typed) <= most {
		next := cleanOnce(f, typed)
		if next == typed {
			return next
		}
		typed = next
	}
	return trim(typed, "")
}

func cleanOnce(f Field, typed string) string {
	switch f {
	case FieldName, FieldMailboxName, FieldMailboxList, FieldReach, FieldRefuse:
		return trim(typed, "")
	case FieldClientID, FieldTenantID, FieldServicePrincipal:
		return trim(typed, quotes+"{}")
	case FieldAuthority, FieldEWS, FieldGraph, FieldMailResource:
		return strings.TrimRight(trim(typed, quotes+"<>"), "/")
	case FieldRedirectURI:
		return trim(typed, quotes+"<>")
	case FieldRedirectHost:
		return hostOf(trim(typed, quotes+"<>"))
	case FieldMailboxAddress, FieldMailboxDelegate:
		return addressOf(trim(typed, quotes+separators))
	case FieldMailDomain:
		domain := addressOf(trim(typed, quotes+separators))
		return domain[strings.LastIndex(domain, "@")+1:]
	}
	return Clean(typed)
}

func trim(typed, also string) string {
	return strings.TrimFunc(typed, func(r rune) bool {
		return unicode.IsSpace(r) || invisible(r) || strings.ContainsRune(also, r)
	})
}

// invisible reports control characters and those that only steer the layout,
// such as the zero-width space and the byte order mark.
func invisible(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// hostOf reduces a URL, or what is left of one, to host or host:port.
func hostOf(typed string) string {
	if i := strings.Index(typed, "://"); i >= 0 {
		typed = typed[i+len("://"):]
	}
	if i := strings.IndexAny(typed, "/?#"); i >= 0 {
		typed = typed[:i]
	}
	return typed[strings.LastIndex(typed, "@")+1:]
}

// addressOf takes the mail address out of "Name <address>" and mailto: links.
func addressOf(typed string) string {
	if open := strings.LastIndex(typed, "<"); open >= 0 && strings.HasSuffix(typed, ">") {
		typed = typed[open+1 : len(typed)-1]
	}
	const link = "mailto:"
	if len(typed) >= len(link) && strings.EqualFold(typed[:len(link)], link) {
		typed = typed[len(link):]
	}
	return typed
}
