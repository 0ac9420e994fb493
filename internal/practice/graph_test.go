package practice_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"postkey/internal/practice"
	"postkey/oauth"
)

// office calls EWS and Graph by hand.
type office struct {
	t      *testing.T
	tenant *practice.Tenant
	client *http.Client
	token  string
}

// newOffice has a token of the application for a scope.
func newOffice(t *testing.T, tenant *practice.Tenant, scope string) *office {
	t.Helper()
	token, err := appToken(t, alone(tenant), scope)
	if err != nil {
		t.Fatal(err)
	}
	client := oauth.NewClient(tenant.Roots())
	t.Cleanup(client.CloseIdleConnections)
	return &office{t, tenant, client, token.Access.Reveal()}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (o *office) call(method, address, kind, body string) answer {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+o.token)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	resp, err := o.client.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// at is an address in the mailbox of a user.
func (o *office) at(user, rest string) string {
	return o.tenant.Cloud().Graph + "/v1.0/users/" + url.PathEscape(user) + rest
}

// graphError reads the code of a refusal.
func (a answer) graphError(t *testing.T) string {
	t.Helper()
	var e struct {
		Error struct {
			Code       string
			InnerError map[string]string
		}
	}
	if err := json.Unmarshal([]byte(a.body), &e); err != nil || e.Error.InnerError["request-id"] != a.header.Get("request-id") {
		t.Errorf("%v: %s", err, a.body)
	}
	return fmt.Sprintf("%d %s", a.status, e.Error.Code)
}

type graphPage struct {
	Value []struct {
		ID, Subject, InternetMessageID string
		From                           struct{ EmailAddress struct{ Address string } }
	}
	Next string `json:"@odata.nextLink"`
}

func (o *office) page(address string) graphPage {
	o.t.Helper()
	var p graphPage
	if a := o.call("GET", address, "", ""); a.status != 200 || json.Unmarshal([]byte(a.body), &p) != nil {
		o.t.Fatalf("%+v", a)
	}
	return p
}

// TestGraph sends a message to oneself, and sees it in the inbox, in Sent Items,
// over IMAP, and gone everywhere.
func TestGraph(t *testing.T) {
	tenant := start(t, practice.Options{})
	v, o := tenant.Values(), newOffice(t, tenant, onGraph)
	text := base64.StdEncoding.EncodeToString([]byte(message(v.Address, v.Address, "one")))
	if a := o.call("POST", o.at(v.Address, "/sendMail"), "text/plain", text); a.status != http.StatusAccepted || a.body != "" {
		t.Fatalf("%+v", a)
	}
	for _, folder := range []string{"inbox", "sentitems"} {
		p := o.page(o.at(v.Address, "/mailFolders/"+folder+"/messages"))
		if len(p.Value) != 1 || p.Value[0].Subject != "A test" || p.Value[0].InternetMessageID != "<one@test>" || p.Value[0].From.EmailAddress.Address != v.Address {
			t.Fatalf("%s: %+v", folder, p)
		}
		one := o.at(v.Address, "/messages/"+url.PathEscape(p.Value[0].ID))
		if a := o.call("GET", one+"/$value", "", ""); a.status != 200 || !strings.Contains(a.body, "\r\nMessage-ID: <one@test>\r\n") {
			t.Errorf("%+v", a)
		}
		if a := o.call("DELETE", one, "", ""); a.status != http.StatusNoContent {
			t.Errorf("%+v", a)
		}
		if a := o.call("DELETE", one, "", ""); a.graphError(t) != "404 ErrorItemNotFound" {
			t.Errorf("%+v", a)
		}
	}
	if len(tenant.Inbox(v.Address))+len(tenant.Sent(v.Address)) != 0 {
		t.Error("something is left")
	}
	imapToken, err := appToken(t, alone(tenant), outlook)
	if err != nil {
		t.Fatal(err)
	}
	c, err := openIMAP(t, tenant, v.Address, imapToken.Access.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	status, err := c.Status("Sent Items", &imap.StatusOptions{NumMessages: true}).Wait()
	if err != nil || *status.NumMessages != 0 {
		t.Errorf("%+v, %v", status, err)
	}
}

// TestGraphPages: newest first, in pages.
func TestGraphPages(t *testing.T) {
	tenant := start(t, practice.Options{})
	v, o := tenant.Values(), newOffice(t, tenant, onGraph)
	for i := range 5 {
		if err := tenant.Deliver(v.Address, []byte(message(v.Shared, v.Address, fmt.Sprint(i)))); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	address := o.at(v.Address, "/mailFolders/inbox/messages?$top=2&$select=id")
	for address != "" {
		p := o.page(address)
		if address = p.Next; address != "" && !strings.HasPrefix(address, tenant.Cloud().Graph+"/v1.0/users/") {
			t.Fatal(address)
		}
		for _, m := range p.Value {
			ids = append(ids, m.InternetMessageID)
		}
	}
	if got := strings.Join(ids, ""); got != "<4@test><3@test><2@test><1@test><0@test>" {
		t.Error(got)
	}
	if a := o.call("GET", o.at(v.Address, "/mailFolders/inbox"), "", ""); !strings.Contains(a.body, `"totalItemCount":5`) {
		t.Error(a.body)
	}
}

// TestGraphRefusals: each has Microsoft's code.
func TestGraphRefusals(t *testing.T) {
	tenant := start(t, practice.Options{})
	v, o := tenant.Values(), newOffice(t, tenant, onGraph)
	mime := func(from string) string {
		return base64.StdEncoding.EncodeToString([]byte(message(from, v.Address, "x")))
	}
	inbox := "/mailFolders/inbox"
	for _, c := range []struct{ method, address, kind, body, want string }{
		{"GET", o.at(v.Address, "/mailFolders/archive"), "", "", "404 ErrorItemNotFound"},
		{"GET", o.at(v.Address, "/mailFolders/archive/messages"), "", "", "404 ErrorItemNotFound"},
		{"GET", o.at(v.Address, "/messages/bogus/$value"), "", "", "404 ErrorItemNotFound"},
		{"GET", o.at("nobody@contoso.example", inbox), "", "", "404 ErrorInvalidUser"},
		{"GET", o.at(v.Delegate, inbox), "", "", "403 ErrorAccessDenied"},
		{"GET", o.at(v.Address, "/calendar"), "", "", "400 BadRequest"},
		{"POST", o.at(v.Address, "/sendMail"), "text/plain", "!", "400 ErrorMimeContentInvalidBase64String"},
		{"POST", o.at(v.Address, "/sendMail"), "application/json", mime(v.Address), "400 ErrorMimeContentInvalidBase64String"},
		{"POST", o.at(v.Address, "/sendMail"), "text/plain", mime(v.Delegate), "403 ErrorSendAsDenied"},
		{"POST", o.at(v.Address, "/sendMail"), "text/plain", base64.StdEncoding.EncodeToString([]byte("Subject: x\r\n\r\n")), "400 ErrorInvalidRecipients"},
	} {
		if got := o.call(c.method, c.address, c.kind, c.body).graphError(t); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.method, c.address, got, c.want)
		}
	}

	good := o.token
	mailToken := newOffice(t, tenant, outlook).token
	delegated := signIn(t, tenant, v.Address).AccessToken
	for name, token := range map[string]string{"none": "", "forged": good[:len(good)-5] + "AAAAA", "mail's": mailToken, "a user's": delegated} {
		o.token = token
		if got := o.call("GET", o.at(v.Address, inbox), "", "").graphError(t); got != "401 InvalidAuthenticationToken" {
			t.Errorf("%s token: %s", name, got)
		}
	}
	tenant.GrantRoles("Mail.Read")
	reader := newOffice(t, tenant, onGraph)
	if a := reader.call("GET", reader.at(v.Address, inbox), "", ""); a.status != 200 {
		t.Errorf("%+v", a)
	}
	if got := reader.call("POST", reader.at(v.Address, "/sendMail"), "text/plain", mime(v.Address)).graphError(t); got != "403 ErrorAccessDenied" {
		t.Error(got)
	}
	if got := reader.call("DELETE", reader.at(v.Address, "/messages/x"), "", "").graphError(t); got != "403 ErrorAccessDenied" {
		t.Error(got)
	}
}

// TestOfficeStaysAtHome: a page from elsewhere cannot reach EWS and Graph by a
// name that leads here.
func TestOfficeStaysAtHome(t *testing.T) {
	tenant := start(t, practice.Options{})
	o := newOffice(t, tenant, onGraph)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.at(tenant.Values().Address, "/mailFolders/inbox"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "attacker.example"
	resp, err := o.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Error(resp.Status)
	}
}

// TestFenceOfTheTenant follows a change of the fence through its delay.
func TestFenceOfTheTenant(t *testing.T) {
	now := time.Now()
	tenant := start(t, practice.Options{Now: func() time.Time { return now }})
	v, o := tenant.Values(), newOffice(t, tenant, onGraph)
	reach := func(want ...string) {
		t.Helper()
		var got []string
		for _, address := range []string{v.Address, v.Shared, v.Delegate} {
			if o.call("GET", o.at(address, "/mailFolders/inbox"), "", "").status == 200 {
				got = append(got, address)
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("reached %v, want %v", got, want)
		}
	}
	reach(v.Address, v.Shared)
	tenant.SetFence(30*time.Minute, " "+strings.ToUpper(v.Delegate))
	reach(v.Address, v.Shared)
	now = now.Add(31 * time.Minute)
	reach(v.Delegate)
	tenant.RemoveFence(time.Minute)
	reach(v.Delegate)
	now = now.Add(time.Minute)
	reach(v.Address, v.Shared, v.Delegate)
	tenant.SetFence(0)
	reach()
	tenant.SetFence(time.Minute, v.Address)
	tenant.SetFence(0, v.Shared) // takes the place of the change to come
	now = now.Add(2 * time.Minute)
	reach(v.Shared)
}
