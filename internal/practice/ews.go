package practice

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"strings"
	"text/template"

	"github.com/emersion/go-imap/v2"
)

// ewsRequest is an envelope as far as it is understood here.
type ewsRequest struct {
	Identity struct {
		Primary string `xml:"PrimarySmtpAddress"`
		Any     string `xml:"SmtpAddress"`
		UPN     string `xml:"PrincipalName"`
	} `xml:"Header>ExchangeImpersonation>ConnectingSID"`
	Body struct {
		Get *struct {
			Folder ewsID `xml:"FolderIds>DistinguishedFolderId"`
		} `xml:"GetFolder"`
		Create *struct {
			Disposition string `xml:"MessageDisposition,attr"`
			Message     struct {
				Subject string   `xml:"Subject"`
				Body    string   `xml:"Body"`
				To      []string `xml:"ToRecipients>Mailbox>EmailAddress"`
			} `xml:"Items>Message"`
		} `xml:"CreateItem"`
		Find *struct {
			View struct {
				Max    int `xml:"MaxEntriesReturned,attr"`
				Offset int `xml:"Offset,attr"`
			} `xml:"IndexedPageItemView"`
			Folder ewsID `xml:"ParentFolderIds>DistinguishedFolderId"`
		} `xml:"FindItem"`
		Item *struct {
			ID ewsID `xml:"ItemIds>ItemId"`
		} `xml:"GetItem"`
		Delete *struct {
			Type string `xml:"DeleteType,attr"`
			ID   ewsID  `xml:"ItemIds>ItemId"`
		} `xml:"DeleteItem"`
	} `xml:"Body"`
}

type ewsID struct {
	ID string `xml:"Id,attr"`
}

// ewsAnswer is what one operation has to say.
type ewsAnswer struct {
	Operation string
	// Code and Text are those of a refusal; empty: it was carried out.
	Code, Text string
	Folder     string // an ID
	Count      int
	Listed     bool // the answer is a list, of Items
	Last       bool
	Items      []ewsItem
}

type ewsItem struct{ ID, Class, Subject, MessageID, From, MIME string }

var ewsText = template.Must(template.New("ews").Funcs(template.FuncMap{"x": escapeXML}).Parse(
	`<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><h:ServerVersionInfo MajorVersion="15" MinorVersion="20" Version="V2018_01_08" xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header><s:Body>` +
		`<m:{{.Operation}}Response xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>` +
		`<m:{{.Operation}}ResponseMessage ResponseClass="{{if .Code}}Error{{else}}Success{{end}}">` +
		`{{if .Code}}<m:MessageText>{{x .Text}}</m:MessageText><m:ResponseCode>{{.Code}}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{{else}}<m:ResponseCode>NoError</m:ResponseCode>{{end}}` +
		`{{if .Folder}}<m:Folders><t:Folder><t:FolderId Id="{{x .Folder}}" ChangeKey="AQAAAA=="/><t:TotalCount>{{.Count}}</t:TotalCount></t:Folder></m:Folders>{{end}}` +
		`{{if .Listed}}<m:RootFolder TotalItemsInView="{{.Count}}" IncludesLastItemInRange="{{.Last}}"><t:Items>{{template "items" .Items}}</t:Items></m:RootFolder>{{else if .Items}}<m:Items>{{template "items" .Items}}</m:Items>{{end}}` +
		`</m:{{.Operation}}ResponseMessage></m:ResponseMessages></m:{{.Operation}}Response></s:Body></s:Envelope>` +
		`{{define "items"}}{{range .}}<t:Message>{{if .MIME}}<t:MimeContent CharacterSet="UTF-8">{{.MIME}}</t:MimeContent>{{end}}<t:ItemId Id="{{x .ID}}" ChangeKey="CQAAAA=="/>` +
		`{{if .Class}}<t:ItemClass>{{x .Class}}</t:ItemClass><t:Subject>{{x .Subject}}</t:Subject>{{with .From}}<t:From><t:Mailbox><t:EmailAddress>{{x .}}</t:EmailAddress></t:Mailbox></t:From>{{end}}<t:InternetMessageId>{{x .MessageID}}</t:InternetMessageId>{{end}}</t:Message>{{end}}{{end}}`))

var ewsFaultText = template.Must(template.New("fault").Funcs(template.FuncMap{"x": escapeXML}).Parse(
	`<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">a:{{.Code}}</faultcode><faultstring xml:lang="en-US">{{x .Text}}</faultstring><detail>` +
		`<e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">{{.Code}}</e:ResponseCode><e:Message xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">{{x .Text}}</e:Message>` +
		`{{with .BackOff}}<t:MessageXml xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><t:Value Name="BackOffMilliseconds">{{.}}</t:Value></t:MessageXml>{{end}}</detail></s:Fault></s:Body></s:Envelope>`))

func escapeXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}

// ewsFault answers a SOAP fault. backOff is in milliseconds; 0: none.
func ewsFault(w http.ResponseWriter, status int, code, text string, backOff int) {
	ewsWrite(w, status, ewsFaultText, map[string]any{"Code": code, "Text": text, "BackOff": backOff})
}

func ewsWrite(w http.ResponseWriter, status int, t *template.Template, data any) {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a client that has left is no fault
}

// ews is Exchange.asmx, for applications that act as a mailbox.
func (t *Tenant) ews(w http.ResponseWriter, r *http.Request) {
	claims, fault := t.officeLogin(w, r, ofExchange)
	unauthorized := func(reason string) {
		w.Header().Set("x-ms-diagnostics", reason)
		w.Header().Set("WWW-Authenticate", `Bearer client_id="`+exchangeAppID+`", trusted_issuers="00000001-0000-0000-c000-000000000000@*"`)
		w.WriteHeader(http.StatusUnauthorized)
	}
	switch {
	case fault == officeToken:
		unauthorized(`2000001;reason="The token is invalid or has expired.";error_category="invalid_token"`)
		return
	case fault == officeAudience:
		unauthorized(`2000003;reason="The audience claim value is invalid for current resource. Audience claim is '` + claims.Audience + `', request url is '` + t.Cloud().EWS + `' and resource type is 'Exchange'.";error_category="invalid_resource"`)
		return
	case fault == officeBusy:
		ewsFault(w, http.StatusInternalServerError, "ErrorServerBusy", "The server cannot service this request right now. Try again later.", 297749)
		return
	case fault == officeGone:
		return
	case t.broken(FaultEWSOff):
		w.WriteHeader(http.StatusForbidden)
		return
	case !t.webRole(claims, "full_access_as_app"):
		unauthorized(`2000008;reason="The token contains no permissions, or permissions can not be understood.";error_category="invalid_grant"`)
		return
	}
	text, err := io.ReadAll(r.Body)
	var q ewsRequest
	if err != nil || xml.Unmarshal(text, &q) != nil {
		ewsFault(w, http.StatusInternalServerError, "ErrorSchemaValidation", "The request failed schema validation.", 0)
		return
	}
	address := q.Identity.Primary + q.Identity.Any + q.Identity.UPN
	switch {
	case address == "":
		ewsFault(w, http.StatusInternalServerError, "ErrorMissingEmailAddress", "When making a request as an account that does not have a mailbox, you must specify the mailbox primary SMTP address for any distinguished folder Ids.", 0)
	case !t.hasMailbox(address):
		ewsFault(w, http.StatusInternalServerError, "ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.", 0)
	case !t.inGroup(address):
		ewsFault(w, http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.", 0)
	default:
		ewsWrite(w, http.StatusOK, ewsText, t.ewsOperation(q, t.mail.find(address)))
	}
}

// ewsOperation carries out what is asked of a mailbox.
func (t *Tenant) ewsOperation(q ewsRequest, box *mailbox) ewsAnswer {
	switch body := q.Body; {
	case body.Get != nil:
		return box.ewsFolder(body.Get.Folder.ID)
	case body.Find != nil:
		return box.ewsFind(body.Find.Folder.ID, body.Find.View.Offset, body.Find.View.Max)
	case body.Item != nil:
		_, m, ok := box.item(body.Item.ID.ID)
		if !ok {
			return ewsNotFound("GetItem")
		}
		return ewsAnswer{Operation: "GetItem", Items: []ewsItem{{ID: body.Item.ID.ID, MIME: base64.StdEncoding.EncodeToString(m.body)}}}
	case body.Delete != nil:
		folder, m, ok := box.item(body.Delete.ID.ID)
		if !ok || box.remove(folder, []imap.UID{m.uid}) != nil {
			return ewsNotFound("DeleteItem")
		}
		return ewsAnswer{Operation: "DeleteItem"}
	case body.Create != nil:
		m := body.Create.Message
		return t.ewsSend(box, body.Create.Disposition, m.Subject, m.Body, m.To)
	}
	return ewsAnswer{Operation: "GetFolder", Code: "ErrorInvalidOperation", Text: "The requested operation is invalid."}
}

func ewsNotFound(operation string) ewsAnswer {
	return ewsAnswer{Operation: operation, Code: "ErrorItemNotFound", Text: "The specified object was not found in the store., The process failed to get the correct properties."}
}

func (b *mailbox) ewsFolder(name string) ewsAnswer {
	folder, ok := wellKnown(name)
	list, err := b.list(folder)
	if !ok || err != nil {
		return ewsAnswer{Operation: "GetFolder", Code: "ErrorFolderNotFound", Text: "The specified folder could not be found in the store."}
	}
	return ewsAnswer{Operation: "GetFolder", Folder: itemID(folder, 0), Count: len(list)}
}

// ewsFind lists a folder, newest first.
func (b *mailbox) ewsFind(name string, offset, most int) ewsAnswer {
	folder, ok := wellKnown(name)
	list, err := b.newest(folder)
	if !ok || err != nil {
		return ewsAnswer{Operation: "FindItem", Code: "ErrorFolderNotFound", Text: "The specified folder could not be found in the store."}
	}
	from := min(max(offset, 0), len(list))
	to := min(from+max(most, 0), len(list))
	a := ewsAnswer{Operation: "FindItem", Listed: true, Count: len(list), Last: to == len(list)}
	for _, m := range list[from:to] {
		h := m.header()
		class := "IPM.Note"
		if h.kind == "multipart/report" {
			class = "REPORT.IPM.Note.NDR"
		}
		a.Items = append(a.Items, ewsItem{ID: itemID(folder, m.uid), Class: class, Subject: h.subject, MessageID: h.messageID, From: h.from})
	}
	return a
}

// ewsSend writes the message of CreateItem and submits it.
func (t *Tenant) ewsSend(box *mailbox, disposition, subject, body string, to []string) ewsAnswer {
	a := ewsAnswer{Operation: "CreateItem"}
	if t.broken(FaultSendAsDenied) {
		a.Code, a.Text = "ErrorSendAsDenied", "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account., Cannot submit message."
		return a
	}
	var recipients []*mail.Address
	for _, one := range to {
		if parsed, err := mail.ParseAddress(one); err == nil {
			recipients = append(recipients, parsed)
		}
	}
	if len(recipients) == 0 || disposition != "SendAndSaveCopy" {
		a.Code, a.Text = "ErrorInvalidRecipients", "At least one recipient isn't valid."
		return a
	}
	message := fmt.Sprintf("From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%s@%s>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n",
		box.address, recipients[0].Address, mime.QEncoding.Encode("utf-8", subject),
		t.opts.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700"), newGUID(), domain,
		strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\n", "\r\n"))
	if err := t.send(box, recipients, []byte(message)); err != nil {
		t.log.Error("practice ews", "err", err)
		a.Code, a.Text = "ErrorInternalServerError", "An internal server error occurred. The operation failed."
	}
	return a
}
