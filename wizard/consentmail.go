package wizard

import (
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"

	"github.com/emersion/go-message/mail"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard/catalog"
)

// WriteConsentMail writes a mail to an administrator, ready to send, that asks
// for the consent d needs: what is asked for and why, the link, who may grant
// it, what each permission does. There is no secret in it. Text gives a message
// in the reader's language; nil is English.
//
// It is a file for a mail program (.eml, RFC 5322) that opens as a draft
// (X-Unsent, which Outlook reads). There is neither From nor To: the program
// fills in the one, its user the other.
func (w *Workbench) WriteConsentMail(to io.Writer, d *Draft, text func(assets.Message) string) error {
	if text == nil {
		text = assets.Message.String
	}
	body, err := w.consentText(d, text)
	if err != nil {
		return err
	}
	var h mail.Header
	h.SetDate(w.now())
	setSubject(&h, text(assets.Msg("consent.mail.subject", "App", oneLine(d.AppName(w.Catalog)))))
	h.Set("X-Unsent", "1")
	h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable") // the link is longer than a line of mail may be
	part, err := mail.CreateSingleInlineWriter(to, h)
	if err != nil {
		return fmt.Errorf("write the mail: %w", err)
	}
	if _, err := io.WriteString(part, strings.ReplaceAll(body, "\n", "\r\n")); err != nil {
		return fmt.Errorf("write the mail: %w", err)
	}
	return part.Close()
}

// setSubject is mail.Header.SetSubject with a line for each encoded word, since no
// line that holds one may have more than 76 characters (RFC 2047, section 2); the
// library leaves them on one.
func setSubject(h *mail.Header, subject string) {
	encoded := mime.QEncoding.Encode("utf-8", subject)
	if encoded == subject {
		h.SetSubject(subject)
		return
	}
	h.AddRaw([]byte("Subject:\r\n " + strings.ReplaceAll(encoded, "?= =?", "?=\r\n =?") + "\r\n"))
}

// consentText is the text of the mail, its lines ending in \n.
func (w *Workbench) consentText(d *Draft, text func(assets.Message) string) (string, error) {
	link, err := w.ConsentLink(d)
	if err != nil {
		return "", err
	}
	c, product := d.registrationPart(), d.product(w.Catalog)
	if !product.NameText.IsZero() {
		product.Name = "" // words that name no product
	}
	list := w.Catalog.ConsentList(w.Permissions(d), d.Protocols)
	say := func(key string, pairs ...any) string { return text(assets.Msg("consent.mail."+key, pairs...)) }

	why := "why"
	if d.AppOnly() {
		why = "why-application"
	}
	paragraphs := []string{
		say("greeting"),
		say("what", "App", oneLine(d.AppName(w.Catalog)), "Product", product.Name,
			"Client", oneLine(c.ClientID), "Tenant", oneLine(c.TenantID)),
		say(why),
		say("link") + "\n\n" + link,
		say("afterwards", "Address", oauth.ConsentRedirect),
		say("who"),
	}
	onGraph := func(p catalog.Permission) bool {
		return p.Type == catalog.Application && w.Catalog.ResourceName(p.ResourceAppID) == "Microsoft Graph"
	}
	if slices.ContainsFunc(list, onGraph) {
		paragraphs = append(paragraphs, say("who-application"))
	}
	if w.ConsentToAll(d) {
		paragraphs = append(paragraphs, say("all"))
	}
	lines := []string{say("permissions")}
	for _, p := range list {
		lines = append(lines, "- "+say("permission."+p.Type, "Name", p.Name, "Text", text(p.Description)))
	}
	paragraphs = append(paragraphs, strings.Join(lines, "\n"), say("portal"), say("check"))
	return strings.Join(paragraphs, "\n\n") + "\n", nil
}

// oneLine keeps a typed value within its line.
func oneLine(typed string) string { return strings.Join(strings.Fields(typed), " ") }
