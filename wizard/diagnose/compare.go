package diagnose

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"postkey/assets"
	"postkey/wizard/check"
)

// RowState says whether what is present is what is needed.
type RowState string

// The states of a row.
const (
	RowRight   RowState = "right"
	RowWrong   RowState = "wrong"
	RowUnknown RowState = "unknown" // the token does not say, or nothing is asked of it
)

// Row compares one claim of the access token with what the leg needs. The token
// itself never stands in it.
type Row struct {
	// Claim is the claim's name in the token: aud, scp, roles, tid, appid, upn, exp.
	Claim string
	// Label names it for people.
	Label assets.Message
	// Needed and Present are the values; empty where nothing is asked, or where
	// the token does not say.
	Needed, Present string
	State           RowState
	// Note says more where a plain value would mislead; zero for none.
	Note assets.Message
}

// MarshalJSON writes the row for --json.
func (r Row) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Claim   string   `json:"claim"`
		Needed  string   `json:"needed,omitempty"`
		Present string   `json:"present,omitempty"`
		State   RowState `json:"state"`
		Note    string   `json:"note,omitempty"`
	}{r.Claim, r.Needed, r.Present, r.State, sentence(r.Note)})
}

// compare sets the token against what the leg needs, where a server refused it
// or the finding is about the token itself. It is empty when the token could
// not be read.
func (c *catalogue) compare(ev Evidence, id string) []Row {
	refused := ev.Hop == check.Auth || ev.Hop == check.Open || ev.Hop == check.Send
	aboutToken := strings.HasPrefix(id, "token-") || id == "wrong-account"
	if ev.Claims == nil || ev.Leg == "" || !refused && !aboutToken {
		return nil
	}
	rows := []Row{c.audienceRow(ev), c.permissionRow(ev), tenantRow(ev), appRow(ev)}
	if ev.Connection.Mode != appOnly {
		rows = append(rows, userRow(ev))
	}
	return append(rows, expiryRow(ev))
}

func (c *catalogue) audienceRow(ev Evidence) Row {
	r := Row{Claim: "aud", Label: assets.Msg("evidence.audience"), Needed: resourceOf(ev), Present: ev.Claims.Audience}
	if r.Needed == "" {
		r.Needed = c.MailAudiences[0]
		if ev.Leg == check.Graph {
			r.Needed = c.GraphAudiences[0]
		}
	}
	r.judge(!c.otherAudience(ev))
	if r.State == RowRight { // one service has several names
		r.Needed = r.Present
	}
	return r
}

// permissionRow compares scp or roles.
func (c *catalogue) permissionRow(ev Evidence) Row {
	if ev.Connection.Mode == appOnly {
		needed := c.roles(ev)
		r := Row{
			Claim: "roles", Label: assets.Msg("evidence.roles"),
			Needed: strings.Join(needed, " "), Present: strings.Join(ev.Claims.Roles, " "),
		}
		switch {
		case len(needed) > 0:
			r.State = stateOf(c.missing(ev) == "")
		case ev.Leg == check.SMTP && ev.Connection.SMTPRBAC:
			// The role in the token makes Exchange look for mailbox permissions instead.
			r.Note = assets.Msg("evidence.no-role")
			r.State = stateOf(!holds(ev.Claims.Roles, "SMTP.SendAsApp"))
		default:
			r.State = RowUnknown
		}
		return r
	}
	r := Row{
		Claim: "scp", Label: assets.Msg("evidence.scopes"),
		Needed: c.Scopes[string(ev.Leg)], Present: strings.Join(ev.Claims.Scopes, " "),
	}
	if r.Present == "" {
		r.Present = strings.Join(ev.Granted, " ")
	}
	r.judge(c.missing(ev) == "")
	return r
}

// tenantRow: only a registration for one organization knows its tenant before.
func tenantRow(ev Evidence) Row {
	r := Row{Claim: "tid", Label: assets.Msg("evidence.tenant"), Present: ev.Claims.TenantID}
	if one := ev.Connection.Audience; one == "" || one == "single" {
		r.Needed = ev.Connection.TenantID
	}
	r.judge(strings.EqualFold(r.Needed, r.Present))
	if !strings.Contains(r.Needed, "-") || strings.Contains(r.Needed, ".") {
		r.State = RowUnknown // a domain, which stands for an ID
	}
	return r
}

func appRow(ev Evidence) Row {
	r := Row{Claim: "appid", Label: assets.Msg("evidence.app"), Needed: ev.Connection.ClientID, Present: ev.Claims.AppID}
	r.judge(strings.EqualFold(r.Needed, r.Present))
	return r
}

func userRow(ev Evidence) Row {
	box := ev.Connection.Mailbox
	r := Row{Claim: "upn", Label: assets.Msg("evidence.user"), Needed: box.Address, Present: ev.Claims.Username}
	if box.Shared() {
		r.Needed = box.Delegate
	}
	r.judge(slices.ContainsFunc([]string{box.Address, box.Delegate}, func(a string) bool {
		return a != "" && strings.EqualFold(a, r.Present)
	}))
	return r
}

func expiryRow(ev Evidence) Row {
	now := ev.Now
	if now.IsZero() {
		now = time.Now()
	}
	r := Row{Claim: "exp", Label: assets.Msg("evidence.expires"), Needed: "> " + moment(now)}
	if !ev.Claims.Expires.IsZero() {
		r.Present = moment(ev.Claims.Expires)
	}
	r.judge(ev.Claims.Expires.After(now))
	return r
}

// moment is a time in UTC, as Microsoft's logs write it.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// judge sets the state; what is missing on either side cannot be judged.
func (r *Row) judge(right bool) {
	r.State = RowUnknown
	if r.Needed != "" && r.Present != "" {
		r.State = stateOf(right)
	}
}

func stateOf(right bool) RowState {
	if right {
		return RowRight
	}
	return RowWrong
}
