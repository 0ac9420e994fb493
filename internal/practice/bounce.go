package practice

import (
	"bytes"
	"net/mail"
	"strings"
	"text/template"
	"time"
)

// bounceReason is what a tenant answers that lets nothing out.
const bounceReason = "550 5.7.520 Access denied, Your organization does not allow external forwarding. Please contact your administrator for further assistance. AS(7555)"

// bounceText is a delivery status notification (RFC 3464) in the form of
// Exchange Online.
var bounceText = template.Must(template.New("bounce").Parse(
	`From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@{{.Domain}}>
To: <{{.Sender}}>
Subject: Undeliverable: {{.Subject}}
Date: {{.Date}}
Message-ID: <{{.ID}}@{{.Domain}}>
In-Reply-To: {{.Original}}
References: {{.Original}}
Auto-Submitted: auto-replied
X-MS-Exchange-Message-Is-Ndr:
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="practice-ndr"

--practice-ndr
Content-Type: text/plain; charset=utf-8

Delivery has failed to these recipients or groups:
{{range .To}}{{.}}
{{end}}
Remote Server returned '{{.Reason}}'

--practice-ndr
Content-Type: message/delivery-status

Reporting-MTA: dns;{{.Server}}
Arrival-Date: {{.Date}}
{{range .To}}
Final-Recipient: rfc822;{{.}}
Action: failed
Status: 5.7.520
Diagnostic-Code: smtp;{{$.Reason}}
{{end}}
--practice-ndr
Content-Type: text/rfc822-headers

{{.Header}}

--practice-ndr--
`))

// bounce returns a message to its sender as undeliverable.
func (t *Tenant) bounce(sender string, to []*mailbox, message []byte) error {
	box := t.mail.find(sender)
	if box == nil {
		return nil
	}
	header, _, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	data := struct {
		Domain, Sender, Subject, Date, ID, Original, Server, Reason, Header string

		To []string
	}{
		Domain: domain, Sender: box.address, ID: newGUID(), Server: strings.ToLower(serverName), Reason: bounceReason,
		Date:   t.opts.Now().UTC().Format(time.RFC1123Z),
		Header: strings.ReplaceAll(string(header), "\r\n", "\n"),
	}
	if m, err := mail.ReadMessage(bytes.NewReader(message)); err == nil {
		data.Original, data.Subject = m.Header.Get("Message-Id"), m.Header.Get("Subject")
	}
	for _, b := range to {
		data.To = append(data.To, b.address)
	}
	var out strings.Builder
	if err := bounceText.Execute(&out, data); err != nil {
		return err
	}
	return box.deliver([]byte(strings.ReplaceAll(out.String(), "\n", "\r\n")))
}
