package mail

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// ews opens a session up to the sign-in.
func (w webTest) ews(t *testing.T) *EWS {
	t.Helper()
	e, err := DialEWS(t.Context(), w.base+"/EWS/Exchange.asmx", login, token, w.opts)
	if err == nil {
		t.Cleanup(e.Close)
		err = e.StartTLS(t.Context())
	}
	if err == nil {
		err = e.Authenticate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const envelope = `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">%s</s:Body></s:Envelope>`

// soapOK is a successful answer to one operation.
func soapOK(operation, inner string) string {
	return fmt.Sprintf(envelope, fmt.Sprintf(`<m:%[1]sResponse><m:ResponseMessages><m:%[1]sResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>%[2]s</m:%[1]sResponseMessage></m:ResponseMessages></m:%[1]sResponse>`, operation, inner))
}

func soapNo(operation, code, text string) string {
	return fmt.Sprintf(envelope, fmt.Sprintf(`<m:%[1]sResponse><m:ResponseMessages><m:%[1]sResponseMessage ResponseClass="Error"><m:MessageText>%[3]s</m:MessageText><m:ResponseCode>%[2]s</m:ResponseCode></m:%[1]sResponseMessage></m:ResponseMessages></m:%[1]sResponse>`, operation, code, text))
}

func soapFaulty(code, text, more string) string {
	return fmt.Sprintf(envelope, fmt.Sprintf(`<s:Fault><faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">a:%[1]s</faultcode><faultstring xml:lang="en-US">%[2]s</faultstring><detail><e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">%[1]s</e:ResponseCode><e:Message xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">%[2]s</e:Message>%[3]s</detail></s:Fault>`, code, text, more))
}

const ewsInbox = `<m:Folders><t:Folder><t:FolderId Id="AAMk" ChangeKey="AQ"/><t:TotalCount>7</t:TotalCount></t:Folder></m:Folders>`

func ewsList(last bool, items ...string) string {
	return fmt.Sprintf(`<m:RootFolder TotalItemsInView="2" IncludesLastItemInRange="%v"><t:Items>%s</t:Items></m:RootFolder>`, last, strings.Join(items, ""))
}

func ewsMail(id, subject, class string) string {
	return fmt.Sprintf(`<t:Message><t:ItemId Id="%s" ChangeKey="CQ"/><t:ItemClass>%s</t:ItemClass><t:Subject>%s</t:Subject></t:Message>`, id, class, subject)
}

var operationName = regexp.MustCompile(`<s:Body><m:(\w+)`)

// ewsServer answers each operation; every request is checked for what each must have.
func ewsServer(t *testing.T, answer func(operation, body string) (status int, text string)) webTest {
	t.Helper()
	return newWebTest(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		text := string(body)
		if r.Method != http.MethodPost || r.URL.Path != "/EWS/Exchange.asmx" || r.Header.Get("X-AnchorMailbox") != login ||
			r.Header.Get("Content-Type") != "text/xml; charset=utf-8" || r.Header.Get("Authorization") != "Bearer "+token.Reveal() {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		if !strings.Contains(text, `<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>`+login+`</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`) {
			t.Errorf("no impersonation in %s", text)
		}
		if err := xml.Unmarshal(body, new(struct{ XMLName xml.Name })); err != nil {
			t.Errorf("%v: %s", err, text)
		}
		operation := ""
		if m := operationName.FindStringSubmatch(text); m != nil {
			operation = m[1]
		}
		status, reply := answer(operation, text)
		w.Header().Set("request-id", "r1")
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, reply)
	})
}

// TestEWSSendsAndDeletes: one message goes out, is found in the inbox and in
// Sent Items, and is deleted from both; others and automatic replies stay.
func TestEWSSendsAndDeletes(t *testing.T) {
	m := testMessage(t)
	var operations, deleted []string
	looked := 0
	test := ewsServer(t, func(operation, body string) (int, string) {
		operations = append(operations, operation)
		switch operation {
		case "GetFolder":
			return 200, soapOK(operation, ewsInbox)
		case "CreateItem":
			for _, want := range []string{
				`<m:CreateItem MessageDisposition="SendAndSaveCopy">`, `<t:DistinguishedFolderId Id="sentitems">`,
				"<t:Subject>" + m.Subject + "</t:Subject>", `<t:Body BodyType="Text">a &lt; b &amp; &#34;c&#34;&#xA;]]&gt;</t:Body>`,
				"<t:EmailAddress>" + login + "</t:EmailAddress>",
			} {
				if !strings.Contains(body, want) {
					t.Errorf("no %s in %s", want, body)
				}
			}
			return 200, soapOK(operation, "<m:Items/>")
		case "FindItem":
			other := ewsMail("other", "Postkey test 0123456789ab", "IPM.Note")
			away := ewsMail("away", "Automatic reply: "+m.Subject, "IPM.Note.Rules.OofTemplate.Microsoft")
			if strings.Contains(body, `Id="sentitems"`) {
				return 200, soapOK(operation, ewsList(true, ewsMail("copy", m.Subject, "IPM.Note"), other))
			}
			if looked++; looked < 3 {
				return 200, soapOK(operation, ewsList(true, away, other))
			}
			return 200, soapOK(operation, ewsList(true, ewsMail("new&#38;", "[External] "+m.Subject, "IPM.Note"), away, other))
		case "DeleteItem":
			_, rest, _ := strings.Cut(body, `<t:ItemId Id="`)
			id, _, _ := strings.Cut(rest, `"`)
			deleted = append(deleted, id)
			if id == "copy" { // somebody was quicker
				return 200, soapNo(operation, "ErrorItemNotFound", "The specified object was not found in the store.")
			}
			return 200, soapOK(operation, "")
		}
		return 400, ""
	})
	e := test.ews(t)
	if n, err := e.Open(t.Context()); n != 7 || err != nil {
		t.Fatal(n, err)
	}
	if err := e.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	item, err := e.Await(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Delete(t.Context(), item, m); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(deleted, ","); got != "new&amp;,copy" {
		t.Errorf("deleted %q", got)
	}
	if got := strings.Join(operations, " "); !strings.HasPrefix(got, "GetFolder GetFolder CreateItem FindItem FindItem FindItem DeleteItem FindItem DeleteItem") {
		t.Error(got)
	}
}

// TestEWSBounce: a delivery report ends the wait with its words, also behind
// the first page.
func TestEWSBounce(t *testing.T) {
	m := testMessage(t)
	report := "Content-Type: multipart/report\r\nSubject: Undeliverable: " + m.Subject + "\r\n\r\nAction: failed\r\nStatus: 5.7.520\r\nDiagnostic-Code: smtp;550 5.7.520 Access denied\r\n"
	test := ewsServer(t, func(operation, body string) (int, string) {
		switch {
		case operation == "GetFolder":
			return 200, soapOK(operation, ewsInbox)
		case operation == "FindItem" && strings.Contains(body, `Offset="0"`):
			return 200, soapOK(operation, ewsList(false, ewsMail("a", "Lunch", "IPM.Note")))
		case operation == "FindItem":
			return 200, soapOK(operation, ewsList(true, ewsMail("b", "Undeliverable: "+m.Subject, "REPORT.IPM.Note.NDR")))
		}
		return 200, soapOK(operation, "<m:Items><t:Message><t:MimeContent CharacterSet=\"UTF-8\">\n"+
			base64.StdEncoding.EncodeToString([]byte(report))+"\n</t:MimeContent></t:Message></m:Items>")
	})
	_, err := test.ews(t).Await(t.Context(), m)
	var bounce *BounceError
	if !errors.As(err, &bounce) || bounce.Status != "5.7.520" {
		t.Errorf("%v", err)
	}
}

// TestEWSRefusals: faults, response codes and bare HTTP errors are typed.
func TestEWSRefusals(t *testing.T) {
	const backOffXML = `<t:MessageXml xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><t:Value Name="BackOffMilliseconds">297749</t:Value></t:MessageXml>`
	for name, c := range map[string]struct {
		status        int
		text          string
		want          string
		later, noMail bool
		wait          time.Duration
	}{
		"denied":           {403, soapFaulty("ErrorAccessDenied", "Access is denied. Check credentials and try again.", ""), "EWS: GetFolder: 403 Forbidden ErrorAccessDenied: Access is denied. Check credentials and try again. (request ID r1)", false, false, 0},
		"no mailbox":       {500, soapFaulty("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.", ""), "EWS: GetFolder: 500 Internal Server Error ErrorNonExistentMailbox: The SMTP address has no mailbox associated with it. (request ID r1)", false, true, 0},
		"in the body":      {200, soapNo("GetFolder", "ErrorImpersonateUserDenied", "The account does not have permission to impersonate the requested user."), "EWS: GetFolder: 200 ErrorImpersonateUserDenied: The account does not have permission to impersonate the requested user. (request ID r1)", false, false, 0},
		"switched off":     {403, "", "EWS: GetFolder: 403 Forbidden (request ID r1)", false, false, 0},
		"busy":             {500, soapFaulty("ErrorServerBusy", "The server cannot service this request right now. Try again later.", backOffXML), "EWS: GetFolder: 500 Internal Server Error ErrorServerBusy: The server cannot service this request right now. Try again later. (request ID r1)", true, false, 297749 * time.Millisecond},
		"gateway":          {503, "<html><body>no</body></html>", "EWS: GetFolder: 503 Service Unavailable (request ID r1)", true, false, 0},
		"token":            {401, "", "EWS: GetFolder: 401 Unauthorized (request ID r1)", false, false, 0},
		"fault code alone": {500, fmt.Sprintf(envelope, "<s:Fault><faultcode>s:Client</faultcode><faultstring>no</faultstring></s:Fault>"), "EWS: GetFolder: 500 Internal Server Error Client: no (request ID r1)", false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			test := ewsServer(t, func(string, string) (int, string) { return c.status, c.text })
			e, err := NewEWS(test.base+"/EWS/Exchange.asmx", login, token, test.opts)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			_, err = e.Open(t.Context())
			var refusal *WebError
			if !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			if err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if refusal.Later() != c.later || errors.Is(err, ErrNoMailbox) != c.noMail || refusal.RetryAfter != c.wait {
				t.Errorf("later %v, no mailbox %v, wait %v", refusal.Later(), errors.Is(err, ErrNoMailbox), refusal.RetryAfter)
			}
		})
	}
}

// TestEWSBombs: answers made to exhaust a reader end as no mail server's.
func TestEWSBombs(t *testing.T) {
	deep := strings.Repeat("<a>", 100_000) + strings.Repeat("</a>", 100_000)
	for name, text := range map[string]string{
		"entities":        `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>&lol2;</s:Body></s:Envelope>`,
		"external":        `<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`,
		"unknown":         fmt.Sprintf(envelope, "&nbsp;"),
		"deep":            fmt.Sprintf(envelope, deep),
		"wide":            fmt.Sprintf(envelope, strings.Repeat("<a/>", maxXMLElements)),
		"attributes":      fmt.Sprintf(envelope, "<a"+strings.Repeat(` b="c"`, maxXMLElements)+"/>"),
		"style":           `<?xml-stylesheet href="https://attacker.example/"?>` + fmt.Sprintf(envelope, ""),
		"charset":         `<?xml version="1.0" encoding="utf-7"?><a/>`,
		"cut":             soapOK("GetFolder", ewsInbox)[:300],
		"other XML":       "<html></html>",
		"empty":           "",
		"other operation": soapOK("FindItem", ""),
		"no folder":       soapOK("GetFolder", ""),
	} {
		t.Run(name, func(t *testing.T) {
			test := ewsServer(t, func(string, string) (int, string) { return 200, text })
			e, err := NewEWS(test.base+"/EWS/Exchange.asmx", login, token, test.opts)
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			if _, err := e.Open(t.Context()); !errors.Is(err, ErrNotMailServer) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestEWSEscapes: no text of ours can change the shape of a request.
func TestEWSEscapes(t *testing.T) {
	for _, nasty := range []string{
		"</t:Subject><t:Evil/>", "]]>", "<!--", "&lt;", "a\x00b\x1bc", `"'`, "\ufffe", "\xff\xfe",
	} {
		operation := ewsCreateItem{Disposition: "SendAndSaveCopy", Folder: ewsFolderID{"sentitems"}}
		operation.Message.Subject, operation.Message.Body.Text, operation.Message.To = nasty, nasty, nasty
		out, err := buildSOAP(nasty, operation)
		if err != nil {
			t.Fatal(err)
		}
		var back struct {
			Mailbox string `xml:"Header>ExchangeImpersonation>ConnectingSID>PrimarySmtpAddress"`
			Subject string `xml:"Body>CreateItem>Items>Message>Subject"`
		}
		if err := xml.Unmarshal(out, &back); err != nil {
			t.Fatalf("%q: %v", nasty, err)
		}
		if strings.Count(string(out), "<t:Subject>") != 1 || strings.Contains(string(out), "<t:Evil") || back.Mailbox != back.Subject {
			t.Errorf("%q: %s", nasty, out)
		}
	}
	if _, err := NewEWS("https://e.example", "a@b<c>", token, Options{}); err == nil {
		t.Error("an address that is none is taken")
	}
}
