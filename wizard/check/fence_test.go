package check

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/wizard/mail"
)

const (
	salesBox   = "sales@contoso.example" // inside the fence of the practice tenant
	nobody     = "nobody@contoso.example"
	outsideBox = delegate // outside of it
)

var allRoads = []string{"imap", "pop", "smtp", "ews", "graph"}

// fence is the configuration of a fence at the practice tenant.
func (b *appBench) fence(reach, refuse []string) FenceConfig {
	return FenceConfig{
		Connection: b.cfg.Connection, Cloud: b.cfg.Cloud, RootCAs: b.cfg.RootCAs, Token: b.cfg.Token,
		Reach: reach, Refuse: refuse, mail: b.cfg.mail,
	}
}

// fenceStates is a result in one line a row: "a@b imap reachable".
func fenceStates(r FenceResult) []string {
	var out []string
	for _, row := range r.Rows {
		line := fmt.Sprintf("%s %s %s", row.Address, row.Leg, row.Got)
		if row.Missing() {
			line += " missing"
		}
		out = append(out, line)
	}
	return out
}

func wantFence(t *testing.T, r FenceResult, want ...string) {
	t.Helper()
	if got := fenceStates(r); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		for _, row := range r.Rows {
			t.Logf("%s %s: %q, %v", row.Address, row.Leg, row.Server, row.Err)
		}
	}
}

// everyRoad is the rows of an address in one state.
func everyRoad(address, state string) []string {
	var out []string
	for _, leg := range allRoads {
		out = append(out, address+" "+leg+" "+state)
	}
	return out
}

// TestFence: what is inside opens, what is outside does not, on every road, and
// nothing is sent.
func TestFence(t *testing.T) {
	b := newAppBench(t, allRoads...)
	cfg := b.fence([]string{own, " " + salesBox + " ", strings.ToUpper(own), ""}, []string{outsideBox, outsideBox})
	var events []FenceRow // not guarded: Events must come one at a time
	cfg.Events = func(r FenceRow) { events = append(events, r) }
	r := Fence(t.Context(), cfg)
	wantFence(t, r, slices.Concat(everyRoad(own, "reachable"), everyRoad(salesBox, "reachable"), everyRoad(outsideBox, "refused"))...)
	if !r.OK() || len(r.Open())+len(r.Shut())+len(r.Failed()) != 0 || r.Cancelled() {
		t.Errorf("%+v", r)
	}
	for _, row := range r.Rows {
		if (row.Server == "") != (row.Got == FenceReachable) || (row.Err == nil) != (row.Got == FenceReachable) || row.Took <= 0 {
			t.Errorf("%+v", row)
		}
		var seen []FenceState
		for _, e := range events {
			if e.Address == row.Address && e.Leg == row.Leg {
				seen = append(seen, e.Got)
			}
		}
		if !slices.Equal(seen, []FenceState{FenceTesting, row.Got}) {
			t.Errorf("%s %s: events %v", row.Address, row.Leg, seen)
		}
	}
	for _, address := range []string{own, salesBox, outsideBox} {
		if n := len(b.tenant.Inbox(address)) + len(b.tenant.Sent(address)); n != 0 {
			t.Errorf("%s has %d messages", address, n)
		}
	}
	for _, row := range FencePlan(cfg) {
		if row.Got != FenceWaiting {
			t.Errorf("plan: %+v", row)
		}
	}
}

// TestFenceFinds: holes, mailboxes shut out, and what proves neither.
func TestFenceFinds(t *testing.T) {
	reach, refuse := []string{own}, []string{outsideBox}
	for _, c := range []struct {
		name               string
		fault              practice.Fault
		do                 func(*practice.Tenant)
		own, other         string // states of all roads
		differ             map[string]string
		open, shut, failed int
	}{
		{name: "open", fault: practice.FaultAppFenceOpen, own: "reachable", other: "reachable", open: 5},
		{name: "shut", fault: practice.FaultAppOutside, own: "refused", other: "refused", shut: 5},
		{name: "no fence on the web", do: func(t *practice.Tenant) { t.RemoveFence(0) }, own: "reachable", other: "refused", differ: map[string]string{
			outsideBox + " ews": "reachable", outsideBox + " graph": "reachable",
		}, open: 2},
		{name: "EWS off", fault: practice.FaultEWSOff, own: "reachable", other: "refused", differ: map[string]string{
			own + " ews": "failed", outsideBox + " ews": "failed",
		}, failed: 2},
		{name: "SMTP off", fault: practice.FaultSMTPTenantOff, own: "reachable", other: "refused", differ: map[string]string{
			own + " smtp": "failed", outsideBox + " smtp": "failed",
		}, failed: 2},
		{name: "no tokens for EWS and Graph", fault: practice.FaultWrongAudience, own: "refused", other: "refused", differ: map[string]string{
			own + " ews": "failed", outsideBox + " ews": "failed", own + " graph": "reachable",
		}, shut: 3, failed: 2},
		{name: "certificate", fault: practice.FaultCertificateName, own: "failed", other: "failed", failed: 10},
		{name: "hang-up", fault: practice.FaultHangUp, own: "failed", other: "failed", differ: map[string]string{
			outsideBox + " pop": "refused", outsideBox + " smtp": "refused",
		}, failed: 8},
		{name: "garbage", fault: practice.FaultGarbage, own: "failed", other: "failed", failed: 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newAppBench(t, allRoads...)
			if c.fault != "" {
				b.tenant.Break(c.fault)
			}
			if c.do != nil {
				c.do(b.tenant)
			}
			r := Fence(t.Context(), b.fence(reach, refuse))
			want := slices.Concat(everyRoad(own, c.own), everyRoad(outsideBox, c.other))
			for i, line := range want {
				at := line[:strings.LastIndexByte(line, ' ')]
				if state := c.differ[at]; state != "" {
					want[i] = at + " " + state
				}
			}
			wantFence(t, r, want...)
			if r.OK() || len(r.Open()) != c.open || len(r.Shut()) != c.shut || len(r.Failed()) != c.failed {
				t.Errorf("open %d, shut %d, failed %d", len(r.Open()), len(r.Shut()), len(r.Failed()))
			}
		})
	}
}

// TestFenceMissing: a mailbox that does not exist proves nothing, where the
// server says so.
func TestFenceMissing(t *testing.T) {
	b := newAppBench(t, allRoads...)
	r := Fence(t.Context(), b.fence(nil, []string{nobody, "not an address", "a\r\nb@c.example"}))
	wantFence(t, r,
		nobody+" imap refused", nobody+" pop refused", nobody+" smtp refused", nobody+" ews failed missing", nobody+" graph failed missing",
		"not an address imap refused", "not an address pop refused", "not an address smtp refused", "not an address ews failed", "not an address graph failed missing",
		"a\r\nb@c.example imap failed", "a\r\nb@c.example pop failed", "a\r\nb@c.example smtp failed", "a\r\nb@c.example ews failed", "a\r\nb@c.example graph failed",
	)
}

// TestFenceThrottled: a server that is busy refuses nobody.
func TestFenceThrottled(t *testing.T) {
	b := newAppBench(t, "imap", "smtp", "ews", "graph")
	b.tenant.Break(practice.FaultThrottledMail)
	for _, row := range Fence(t.Context(), b.fence([]string{own}, []string{outsideBox})).Rows {
		if row.Got != FenceFailed {
			t.Errorf("%s %s: %s, %v", row.Address, row.Leg, row.Got, row.Err)
		}
	}
}

// TestFenceNetwork: what cannot be reached, or has no token, is not refused.
func TestFenceNetwork(t *testing.T) {
	b := newAppBench(t, allRoads...)
	cfg := b.fence([]string{own}, []string{outsideBox})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	_ = l.Close()
	cfg.Cloud.IMAP, cfg.Cloud.POP, cfg.Cloud.SMTP = closed, closed, closed
	cfg.Cloud.EWS, cfg.Cloud.Graph = "https://"+closed+"/EWS/Exchange.asmx", "https://"+closed
	refused := &oauth.Error{Kind: "invalid_client", Codes: []int{7000215}}
	noToken := b.fence([]string{own}, []string{outsideBox})
	noToken.Token = func(context.Context, Leg) (oauth.Token, error) { return oauth.Token{}, refused }
	for _, cfg := range []FenceConfig{cfg, noToken} {
		r := Fence(t.Context(), cfg)
		if len(r.Failed()) != 10 {
			wantFence(t, r, slices.Concat(everyRoad(own, "failed"), everyRoad(outsideBox, "failed"))...)
		}
	}
	r := Fence(t.Context(), noToken)
	if !errors.Is(r.Rows[0].Err, refused) {
		t.Errorf("%v", r.Rows[0].Err)
	}
}

// TestFenceTakesEffect: a change of the group and of the permissions shows once
// its time has come.
func TestFenceTakesEffect(t *testing.T) {
	b := newAppBench(t, allRoads...)
	b.tenant.SetFence(time.Hour, outsideBox)
	b.tenant.SetMailboxPermissions(time.Hour, outsideBox)
	before := Fence(t.Context(), b.fence([]string{own}, []string{outsideBox}))
	if !before.OK() {
		t.Errorf("at once: %v", fenceStates(before))
	}
	b.tenant.SetFence(-1, outsideBox)
	b.tenant.SetMailboxPermissions(-1, outsideBox)
	after := Fence(t.Context(), b.fence([]string{own}, []string{outsideBox}))
	if len(after.Open()) != 5 || len(after.Shut()) != 5 {
		t.Errorf("afterwards: %v", fenceStates(after))
	}
}

// TestFenceOfMany: as many mailboxes as there may be and one more, at most 16 at a time and 3
// of each mailbox.
func TestFenceOfMany(t *testing.T) {
	b := newAppBench(t, "ews", "graph")
	var refuse []string
	for i := range MaxFence {
		refuse = append(refuse, fmt.Sprintf("box%03d@contoso.example", i))
	}
	cfg := b.fence([]string{own}, refuse)
	most, running := 0, 0
	cfg.Events = func(r FenceRow) {
		switch {
		case r.Got == FenceTesting:
			running++
		case !errors.Is(r.Err, ErrFenceTooLong):
			running--
		}
		most = max(most, running)
	}
	r := Fence(t.Context(), cfg)
	if len(r.Rows) != 2*(MaxFence+1) || most > fenceAtOnce || most < 2 || running != 0 {
		t.Errorf("%d rows, %d at a time, %d left", len(r.Rows), most, running)
	}
	if r.Rows[0].Got != FenceReachable || !r.Rows[2].Missing() {
		t.Errorf("%+v, %+v", r.Rows[0], r.Rows[2])
	}
	for _, row := range r.Rows[2*MaxFence:] {
		if row.Got != FenceFailed || !errors.Is(row.Err, ErrFenceTooLong) {
			t.Errorf("%+v", row)
		}
	}
}

// TestFenceOfOne: at most three roads of one mailbox are tried at a time.
func TestFenceOfOne(t *testing.T) {
	b := newAppBench(t, allRoads...)
	cfg := b.fence([]string{own}, []string{strings.ToUpper(own)})
	most, running := 0, 0
	cfg.Events = func(r FenceRow) {
		if r.Got == FenceTesting {
			running++
		} else {
			running--
		}
		most = max(most, running)
	}
	r := Fence(t.Context(), cfg)
	if most > fenceAtOnceMailbox || most < 2 || len(r.Rows) != 10 || len(r.Open()) != 5 {
		t.Errorf("%d at a time of %d rows", most, len(r.Rows))
	}
}

// TestFenceCancel: what runs ends at once, what is still ahead stays waiting.
func TestFenceCancel(t *testing.T) {
	b := newAppBench(t, allRoads...)
	b.mustToken(t, EWS)
	b.mustToken(t, Graph)
	b.tenant.Break(practice.FaultSilent)
	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprintf("box%03d@contoso.example", i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan FenceResult, 1)
	go func() { ended <- Fence(ctx, b.fence(many, nil)) }()
	time.Sleep(200 * time.Millisecond) // until it waits; sooner is right too
	cancel()
	select {
	case r := <-ended:
		states := map[FenceState]int{}
		for _, row := range r.Rows {
			states[row.Got]++
			if !errors.Is(row.Err, context.Canceled) {
				t.Errorf("%+v", row)
			}
		}
		if !r.Cancelled() || r.OK() || states[FenceWaiting]+states[FenceFailed] != len(r.Rows) || states[FenceFailed] > fenceAtOnce {
			t.Errorf("%v", states)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("still running")
	}
	var none mail.Options
	if r := Fence(t.Context(), FenceConfig{mail: none}); r.OK() || len(r.Rows) != 0 {
		t.Error("an empty fence passes")
	}
}

// TestTurnedAway: only a word about this mailbox is a refusal of it.
func TestTurnedAway(t *testing.T) {
	on := func(protocol, during, text string, code int, enhanced string) error {
		return fmt.Errorf("wrapped: %w", &mail.ServerError{Protocol: protocol, During: during, Text: text, Code: code, Enhanced: enhanced})
	}
	web := func(protocol string, status int, code, message string) error {
		return &mail.WebError{Protocol: protocol, Status: status, Code: code, Message: message}
	}
	for _, c := range []struct {
		err  error
		want bool
	}{
		{on("IMAP", "AUTHENTICATE", "NO AUTHENTICATE failed.", 0, ""), true},
		{on("IMAP", "SELECT", "BAD User is authenticated but not connected.", 0, ""), true},
		{on("IMAP", "AUTHENTICATE", "NO Server Unavailable. 15", 0, ""), false},
		{on("IMAP", "SELECT", "BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds", 0, ""), false},
		{on("IMAP", "CAPABILITY", "NO no", 0, ""), false},
		{on("POP", "AUTH", "-ERR Authentication failure: unknown user name or bad password.", 0, ""), true},
		{on("POP", "STAT", "-ERR Server Unavailable. 21", 0, ""), false},
		{on("POP", "CAPA", "-ERR no", 0, ""), false},
		{on("SMTP", "AUTH", "535 5.7.3 Authentication unsuccessful", 535, "5.7.3"), true},
		{on("SMTP", "MAIL", "550 5.7.60 SMTP; Client does not have permissions to send as this sender", 550, "5.7.60"), true},
		{on("SMTP", "AUTH", "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.", 535, "5.7.139"), false},
		{on("SMTP", "MAIL", "550 5.1.8 Access denied, bad outbound sender", 550, "5.1.8"), false},
		{on("SMTP", "AUTH", "454 4.7.0 Temporary authentication failure", 454, "4.7.0"), false},
		{on("SMTP", "greeting", "554 5.7.1 no", 554, "5.7.1"), false},
		{on("ACAP", "AUTH", "NO", 0, ""), false},
		{web("Graph", 403, "ErrorAccessDenied", "Access is denied."), true},
		{web("Graph", 403, "ErrorAccessDenied", "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings."), true},
		{web("Graph", 403, "ErrorAccessDenied", "Access to OData is disabled."), false},
		{web("EWS", 200, "ErrorImpersonateUserDenied", ""), true},
		{web("EWS", 403, "", ""), false},
		{web("Graph", 404, "ErrorInvalidUser", ""), false},
		{web("Graph", 401, "InvalidAuthenticationToken", ""), false},
		{web("Graph", 429, "ApplicationThrottled", ""), false},
		{mail.ErrLost, false},
		{errors.New("dial tcp: refused"), false},
	} {
		if got := turnedAway(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}
