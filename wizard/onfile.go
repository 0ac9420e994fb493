package wizard

import (
	"strings"

	"postkey/wizard/diagnose"
)

// onFile is the draft as it may be written: without what looks like a client
// secret that was pasted into a wrong field. The window keeps showing it, and
// says that it is wrong; the file never has it.
func (d *Draft) onFile() Draft {
	kept := *d
	for _, id := range []*string{&kept.ClientID, &kept.TenantID, &kept.MailDomain, &kept.SecretExpires, &kept.ServicePrincipalID} {
		if mayBeSecret(*id) {
			*id = ""
		}
	}
	kept.Reach, kept.Refuse = addressesAlone(kept.Reach), addressesAlone(kept.Refuse)
	// Elsewhere much is right that could be one, but for the shape of Entra's own,
	// which has these two signs; Redact also takes what follows a word like password.
	for _, text := range []*string{
		&kept.Name, &kept.RedirectHost, &kept.RedirectURI,
		&kept.Mailbox.Name, &kept.Mailbox.Key, &kept.Mailbox.List, &kept.Mailbox.Address, &kept.Mailbox.Delegate,
		&kept.Endpoints.Authority, &kept.Endpoints.IMAP, &kept.Endpoints.POP, &kept.Endpoints.SMTP,
		&kept.Endpoints.EWS, &kept.Endpoints.Graph, &kept.Endpoints.MailResource,
	} {
		if strings.Contains(*text, "Q~") && diagnose.Redact(*text) != *text {
			*text = ""
		}
	}
	return kept
}

// addressesAlone leaves out of a list what could be a secret.
func addressesAlone(list string) string {
	for _, piece := range pieces(list) {
		if mayBeSecret(piece) && !strings.Contains(piece, "@") {
			list = strings.ReplaceAll(list, piece, "")
		}
	}
	return list
}

// shortestSecret is Microsoft's lower bound for a client secret (Microsoft
// Graph: application addPassword, 16 to 64 characters).
const shortestSecret = 16

// mayBeSecret reports whether a value in the place of an ID, a domain or a date
// could be a client secret: long, and neither hexadecimal as an ID is nor made
// of names and dots as a domain is.
func mayBeSecret(value string) bool {
	value = Clean(value)
	if len(value) < shortestSecret {
		return false
	}
	if strings.ContainsAny(value, "~_") {
		return true
	}
	isID := strings.Trim(value, "0123456789abcdefABCDEF-{}() \t") == ""
	return !isID && !strings.Contains(value, ".") && !strings.Contains(value, "@")
}
