// Package diagnose turns what a server, the network or this computer said into
// a Finding: one cause with a stable id, who can mend it, and the exact fix.
//
// Start with Explain for one error, ExplainResult for a whole test, and
// ExplainText for words from anywhere, such as a log of another program. The
// causes and the words that betray them are data: assets/catalog/findings.json
// holds the rules, assets/translations/findings.*.json the sentences. The code
// holds the mechanism alone: how text is cleaned, how rules are matched, and
// what the typed errors of the other packages stand for.
//
// The package talks to no server and never guesses: what matches nothing is
// the finding Unknown with the server's own words.
package diagnose

import (
	"encoding/json"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
)

// Unknown is the id of the finding for what matches nothing.
const Unknown = "unknown"

// Who can mend a finding.
type Who string

// The four that can. Which administrator (Entra, Exchange) stands in the fix.
const (
	You       Who = "you"       // the person at this computer, in Postkey or in the product
	Admin     Who = "admin"     // an administrator of the Microsoft 365 organization
	Network   Who = "network"   // whoever runs the network, the firewall or the proxy
	Microsoft Who = "microsoft" // Microsoft: wait, or open a support request
)

// Finding is one cause and its remedy. Its messages are ready to be rendered.
type Finding struct {
	// ID is stable; files, logs and --json use it.
	ID  string
	Who Who
	// Title names the cause, What says what happened in one sentence, Why the
	// usual reason.
	Title, What, Why assets.Message
	// Delay says how long the fix takes to apply; zero when at once.
	Delay assets.Message
	// Fix holds the steps in order.
	Fix []assets.Message
	// Guidance is what the guide of the connection's product adds, in whole sentences.
	Guidance []assets.Message
	// Commands are ready to be pasted into PowerShell; values that are not
	// known stand in angle brackets, which PowerShell refuses to run.
	Commands []string
	// Link leads to the page of the portal or of the documentation.
	Link string
	// Source says where the facts come from, such as a page of Microsoft Learn.
	Source string
	// Evidence compares the access token with what the leg needs, where the
	// sign-in at a server failed and the token could be read; see Row.
	Evidence []Row
	// Server holds the server's own words, without secrets.
	Server string
	// CorrelationID, TraceID and Timestamp are what Microsoft's support asks
	// for, as the server wrote them; empty when it gave none.
	CorrelationID, TraceID, Timestamp string
}

// Evidence is what is known about a failure. Every field may be empty.
type Evidence struct {
	Connection store.Connection
	Cloud      oauth.Cloud
	// Leg and Hop say where it failed; both are empty during sign-in.
	Leg check.Leg
	Hop check.HopName
	// Login is the user name given to XOAUTH2, when it is known.
	Login string
	// Err is the failure. With a nil Err the other fields alone are judged.
	Err error
	// Claims are those of the access token; nil when it could not be read.
	Claims *oauth.Claims
	// Granted holds the scopes that the token response listed.
	Granted []string
	// Tokens holds the two for each leg that has a token of its own, in place of
	// Claims and Granted; ExplainResult picks the leg's.
	Tokens map[check.Leg]TokenFacts
	// Now is the time of the failure; the zero time: now.
	Now time.Time
	// SecretLooksLikeID says that the client secret in use has the shape of a GUID.
	SecretLooksLikeID bool
}

// TokenFacts is what is known of one access token. The token itself is not.
type TokenFacts struct {
	Claims  *oauth.Claims // nil when it could not be read
	Granted []string
}

// MarshalJSON writes the finding in English, in the form of the command line's --json.
func (f Finding) MarshalJSON() ([]byte, error) {
	fix, guidance := english(f.Fix), english(f.Guidance)
	return json.Marshal(struct {
		ID            string   `json:"id"`
		Title         string   `json:"title"`
		Who           Who      `json:"who"`
		What          string   `json:"what"`
		Why           string   `json:"why"`
		Fix           []string `json:"fix"`
		Commands      []string `json:"commands"`
		Guidance      []string `json:"guidance,omitempty"`
		Delay         string   `json:"delay,omitempty"`
		Link          string   `json:"link,omitempty"`
		Server        string   `json:"server,omitempty"`
		CorrelationID string   `json:"correlation_id,omitempty"`
		TraceID       string   `json:"trace_id,omitempty"`
		Timestamp     string   `json:"timestamp,omitempty"`
		Source        string   `json:"source,omitempty"`
		Evidence      []Row    `json:"evidence,omitempty"`
	}{
		f.ID, f.Title.String(), f.Who, f.What.String(), f.Why.String(), fix,
		append([]string{}, f.Commands...), guidance, sentence(f.Delay), f.Link, f.Server,
		f.CorrelationID, f.TraceID, f.Timestamp, f.Source, f.Evidence,
	})
}

func english(list []assets.Message) []string {
	out := make([]string, len(list))
	for i, m := range list {
		out[i] = m.String()
	}
	return out
}

func sentence(m assets.Message) string {
	if m.IsZero() {
		return ""
	}
	return m.String()
}
