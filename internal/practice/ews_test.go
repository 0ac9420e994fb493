package practice_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"postkey/internal/practice"
)

// soap calls an operation of EWS as a mailbox.
func (o *office) soap(identity, operation string) answer {
	o.t.Helper()
	return o.call("POST", o.tenant.Cloud().EWS, "text/xml; charset=utf-8", fmt.Sprintf(`<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">
<soap:Header>%s<t:RequestServerVersion Version="Exchange2016"/></soap:Header><soap:Body>%s</soap:Body></soap:Envelope>`, identity, operation))
}

func actAs(address string) string {
	return `<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>` + html.EscapeString(address) + `</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`
}

const (
	getInbox = `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>`
	findIn   = `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="%d" Offset="%d" BasePoint="Beginning"/><m:ParentFolderIds><t:DistinguishedFolderId Id="%s"/></m:ParentFolderIds></m:FindItem>`
	create   = `<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:SavedItemFolderId><t:DistinguishedFolderId Id="sentitems"/></m:SavedItemFolderId><m:Items><t:Message><t:Subject>%s</t:Subject><t:Body BodyType="Text">Hello.&#10;Bye.</t:Body><t:ToRecipients><t:Mailbox><t:EmailAddress>%s</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message></m:Items></m:CreateItem>`
	remove   = `<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="%s"/></m:ItemIds></m:DeleteItem>`
	getItem  = `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape><m:ItemIds><t:ItemId Id="%s"/></m:ItemIds></m:GetItem>`
)

var (
	responseCode = regexp.MustCompile(`ResponseCode[^>]*>(\w+)<`)
	itemIDs      = regexp.MustCompile(`<t:ItemId Id="([^"]+)"`)
)

// code is the response code of an answer.
func (a answer) code() string {
	found := responseCode.FindStringSubmatch(a.body)
	if found == nil {
		return fmt.Sprint(a.status)
	}
	return fmt.Sprintf("%d %s", a.status, found[1])
}

// TestEWS sends a message to oneself, and sees it in the inbox and in Sent
// Items, and gone from both.
func TestEWS(t *testing.T) {
	tenant := start(t, practice.Options{})
	v, o := tenant.Values(), newOffice(t, tenant, outlook)
	me := actAs(v.Address)
	subject := `A <test> & "more" àß`
	if a := o.soap(me, fmt.Sprintf(create, html.EscapeString(subject), v.Address)); a.code() != "200 NoError" {
		t.Fatalf("%+v", a)
	}
	for _, folder := range []string{"inbox", "sentitems"} {
		a := o.soap(me, fmt.Sprintf(findIn, 10, 0, folder))
		ids := itemIDs.FindStringSubmatch(a.body)
		if a.code() != "200 NoError" || ids == nil || !strings.Contains(html.UnescapeString(a.body), "<t:Subject>"+subject+"</t:Subject>") ||
			!strings.Contains(a.body, `IncludesLastItemInRange="true"`) || !strings.Contains(a.body, "<t:ItemClass>IPM.Note</t:ItemClass>") {
			t.Fatalf("%s: %+v", folder, a)
		}
		if a := o.soap(me, fmt.Sprintf(getItem, ids[1])); a.code() != "200 NoError" || !strings.Contains(a.body, "<t:MimeContent") {
			t.Errorf("%+v", a)
		}
		if a := o.soap(me, fmt.Sprintf(remove, ids[1])); a.code() != "200 NoError" {
			t.Errorf("%+v", a)
		}
		for _, operation := range []string{remove, getItem} {
			if a := o.soap(me, fmt.Sprintf(operation, ids[1])); a.code() != "200 ErrorItemNotFound" {
				t.Errorf("%+v", a)
			}
		}
	}
	if len(tenant.Inbox(v.Address))+len(tenant.Sent(v.Address)) != 0 {
		t.Error("something is left")
	}
}

// TestEWSPages: newest first, in pages.
func TestEWSPages(t *testing.T) {
	tenant := start(t, practice.Options{})
	v, o := tenant.Values(), newOffice(t, tenant, outlook)
	for i := range 3 {
		if err := tenant.Deliver(v.Address, []byte(message(v.Shared, v.Address, fmt.Sprint(i)))); err != nil {
			t.Fatal(err)
		}
	}
	first, second := o.soap(actAs(v.Address), fmt.Sprintf(findIn, 2, 0, "inbox")), o.soap(actAs(v.Address), fmt.Sprintf(findIn, 2, 2, "inbox"))
	for _, want := range []string{"&lt;2@test&gt;", "&lt;1@test&gt;", `IncludesLastItemInRange="false"`, `TotalItemsInView="3"`} {
		if !strings.Contains(first.body, want) {
			t.Errorf("no %s in %s", want, first.body)
		}
	}
	if len(itemIDs.FindAllString(second.body, -1)) != 1 || !strings.Contains(second.body, "&lt;0@test&gt;") || !strings.Contains(second.body, `IncludesLastItemInRange="true"`) {
		t.Error(second.body)
	}
}

// TestEWSRefusals: each has Microsoft's code.
func TestEWSRefusals(t *testing.T) {
	tenant := start(t, practice.Options{})
	v, o := tenant.Values(), newOffice(t, tenant, outlook)
	me := actAs(v.Address)
	for _, c := range []struct{ identity, operation, want string }{
		{me, getInbox, "200 NoError"},
		{strings.ReplaceAll(me, "SmtpAddress", "PrimarySmtpAddress"), getInbox, "200 NoError"},
		{"", getInbox, "500 ErrorMissingEmailAddress"},
		{actAs("nobody@contoso.example"), getInbox, "500 ErrorNonExistentMailbox"},
		{actAs(v.Delegate), getInbox, "403 ErrorAccessDenied"},
		{me, strings.Replace(getInbox, "inbox", "archive", 1), "200 ErrorFolderNotFound"},
		{me, fmt.Sprintf(findIn, 1, 0, "archive"), "200 ErrorFolderNotFound"},
		{me, fmt.Sprintf(findIn, -1, -1, "inbox"), "200 NoError"},
		{me, "<m:Nonsense/>", "200 ErrorInvalidOperation"},
		{me, fmt.Sprintf(create, "x", "not an address"), "200 ErrorInvalidRecipients"},
		{me, "<m:GetFolder>", "500 ErrorSchemaValidation"},
	} {
		if got := o.soap(c.identity, c.operation).code(); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.identity, c.operation, got, c.want)
		}
	}

	want := func(name, token, reason string) {
		t.Helper()
		o.token = token
		if a := o.soap(me, getInbox); a.status != http.StatusUnauthorized || !strings.Contains(a.header.Get("x-ms-diagnostics"), reason) || a.body != "" {
			t.Errorf("%s: %+v", name, a)
		}
	}
	good := o.token
	want("forged", good[:len(good)-5]+"AAAAA", "2000001;")
	want("Graph's", newOffice(t, tenant, onGraph).token, "2000003;reason=\"The audience claim value is invalid for current resource.")
	want("a user's", signIn(t, tenant, v.Address).AccessToken, "2000008;reason=\"The token contains no permissions")
	o.token = good
	tenant.Break(practice.FaultEWSOff)
	if a := o.soap(me, getInbox); a.status != http.StatusForbidden || a.body != "" {
		t.Errorf("%+v", a)
	}
	tenant.Heal()
	tenant.Break(practice.FaultThrottledMail)
	if a := o.soap(me, getInbox); a.code() != "500 ErrorServerBusy" || !strings.Contains(a.body, `Name="BackOffMilliseconds">297749<`) {
		t.Errorf("%+v", a)
	}
}
