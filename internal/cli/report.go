package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// report is the one object of --json.
type report struct {
	Connections []connectionReport `json:"connections"`
	Findings    []diagnose.Finding `json:"findings,omitempty"` // those that concern no single connection
	Error       string             `json:"error,omitempty"`
}

// connectionReport is one connection and its test.
type connectionReport struct {
	Name     string             `json:"name"`
	OK       bool               `json:"ok"`
	Legs     []check.LegResult  `json:"legs"`
	Findings []diagnose.Finding `json:"findings"`
	// Fence are the mailboxes that the application must reach and must not.
	Fence []fenceReport `json:"fence,omitempty"`
	// Steps are those of a rotation, as far as it came.
	Steps []stepReport `json:"steps,omitempty"`
}

// fenceReport is one mailbox of a fence over one road.
type fenceReport struct {
	Mailbox string           `json:"mailbox"`
	Leg     check.Leg        `json:"leg"`
	Want    check.FenceState `json:"want"`
	Got     check.FenceState `json:"got"`
	OK      bool             `json:"ok"`
	Server  string           `json:"server,omitempty"`
}

// reportOf is the report of a test.
func reportOf(c store.Connection, res check.Result, findings []diagnose.Finding) connectionReport {
	rep := connectionReport{Name: c.Name, OK: res.OK(), Legs: res.Legs, Findings: findings}
	if res.Fence != nil {
		for _, row := range res.Fence.Rows {
			rep.Fence = append(rep.Fence, fenceReport{
				Mailbox: row.Address, Leg: row.Leg, Want: row.Want, Got: row.Got, OK: row.OK(), Server: row.Server,
			})
		}
	}
	return rep
}

// stopped is the report of a command that came to nothing. What it was about is
// named where it is known.
func stopped(exit *exitError) report {
	rep := report{Error: exit.err.Error()}
	if exit.status == ExitFailed {
		if f := diagnose.Explain(diagnose.Evidence{Err: exit.err}); f.ID != diagnose.Unknown {
			rep.Findings = []diagnose.Finding{f}
		}
	}
	return rep
}

func (r report) ok() bool {
	for _, c := range r.Connections {
		if !c.OK {
			return false
		}
	}
	return len(r.Findings) == 0
}

func writeJSON(w io.Writer, r report) {
	if r.Connections == nil {
		r.Connections = []connectionReport{}
	}
	for i := range r.Connections {
		c := &r.Connections[i]
		if c.Legs == nil {
			c.Legs = []check.LegResult{}
		}
		if c.Findings == nil {
			c.Findings = []diagnose.Finding{}
		}
	}
	encode(w, r)
}

// writeText prints one connection for people.
func writeText(w io.Writer, c connectionReport) {
	verdict := "works"
	if !c.OK {
		verdict = "failed"
	}
	fmt.Fprintf(w, "%s: %s\n", c.Name, verdict)
	for _, l := range c.Legs {
		fmt.Fprintf(w, "  %-5s %s  %s\n", strings.ToUpper(string(l.Leg)), l.Server, hopLine(l))
		for _, note := range l.Notes {
			fmt.Fprintf(w, "        note: %s\n", note)
		}
	}
	for _, row := range c.Fence {
		verdict := "as wanted"
		if !row.OK {
			verdict = fmt.Sprintf("WRONG, wanted %s", row.Want)
		}
		fmt.Fprintf(w, "  %-5s %s: %s, %s\n", strings.ToUpper(string(row.Leg)), oneLine(row.Mailbox), row.Got, verdict)
	}
	for _, f := range c.Findings {
		writeFinding(w, f)
	}
}

func hopLine(l check.LegResult) string {
	parts := make([]string, 0, len(l.Hops))
	for _, h := range l.Hops {
		part := string(h.Name)
		switch h.Status {
		case check.OK:
			part += " " + h.Took.Round(time.Millisecond).String()
		case check.Failed:
			part += " FAILED"
		default:
			part += " -"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " | ")
}

func writeFinding(w io.Writer, f diagnose.Finding) {
	fmt.Fprintf(w, "  finding: %s [%s]\n", f.Title, f.ID)
	for _, line := range []string{f.What.String(), f.Why.String()} {
		if line != "" {
			fmt.Fprintf(w, "    %s\n", line)
		}
	}
	writeEvidence(w, f)
	for i, fix := range f.Fix {
		fmt.Fprintf(w, "    %d. %s\n", i+1, fix)
	}
	for _, c := range f.Commands {
		fmt.Fprintf(w, "    > %s\n", c)
	}
	if f.Link != "" {
		fmt.Fprintf(w, "    see %s\n", f.Link)
	}
	if !f.Delay.IsZero() {
		fmt.Fprintf(w, "    %s\n", f.Delay)
	}
	for _, advice := range f.Guidance {
		fmt.Fprintf(w, "    %s\n", advice)
	}
	if f.Server != "" {
		fmt.Fprintf(w, "    the server said: %s\n", oneLine(f.Server))
	}
	if f.CorrelationID != "" {
		fmt.Fprintf(w, "    correlation ID %s, %s\n", f.CorrelationID, f.Timestamp)
	}
}

// writeEvidence sets the token against what the leg needs, a claim a line.
func writeEvidence(w io.Writer, f diagnose.Finding) {
	for _, row := range f.Evidence {
		needed := row.Needed
		if !row.Note.IsZero() {
			needed = row.Note.String()
		}
		fmt.Fprintf(w, "    token %-5s %-7s needed: %s | present: %s\n",
			row.Claim, row.State, cmp.Or(needed, "any"), oneLine(cmp.Or(row.Present, "not in the token")))
	}
}

// oneLine keeps a server's words from breaking the terminal's lines or sending
// it control sequences.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, unicode.IsControl), " ")
}

// damaged adds a finding for each data file that had to be put aside.
func (r *report) damaged(s *session) {
	for _, d := range s.bench.Store.Damaged() {
		r.Findings = append(r.Findings, diagnose.Damaged(d))
	}
}
