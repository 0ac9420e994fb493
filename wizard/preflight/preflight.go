// Package preflight looks, before anything is tested, whether this computer and
// its network can do what a connection needs: every server by name and over both
// Internet protocols, the proxy, the clock, the way back from the browser, the
// keyring, the data folder. Start with Run; Plan lists the lines beforehand.
//
// Nothing secret is sent: no line signs in anywhere. The keyring gets an item of
// its own for a moment.
package preflight

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"sync"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
)

// State says how a line stands.
type State string

// The states of a line.
const (
	Running State = "running"
	OK      State = "ok"
	Warn    State = "warn"    // works, and yet should be looked at
	Failed  State = "failed"  // has to be mended
	NotRun  State = "skipped" // does not apply here, or was cancelled
)

// LineID names a line: what is looked at, and for a server which. It is stable
// and used by --json, in reports and in tests.
type LineID string

// The lines that are not about a server; those are named dns:HOST, ipv4:HOST:PORT,
// ipv6:HOST:PORT and proxy:HOST.
const (
	Proxy      LineID = "proxy"
	Clock      LineID = "clock"
	LoopbackV4 LineID = "loopback-ipv4"
	LoopbackV6 LineID = "loopback-ipv6"
	Browser    LineID = "browser"
	Keyring    LineID = "keyring"
	DataFolder LineID = "data-folder"
)

// Line is one thing that is looked at.
type Line struct {
	ID LineID
	// Group heads several lines; Title names what is looked at.
	Group, Title assets.Message
	State        State
	// Detail says what was found; zero while it runs.
	Detail assets.Message
	Took   time.Duration
	// Err is why it failed.
	Err error
	// Finding is the cause and its remedy; nil when there is none.
	Finding *diagnose.Finding
}

// MarshalJSON writes the line in English, for --json and the support bundle.
func (l Line) MarshalJSON() ([]byte, error) {
	out := struct {
		Line    LineID `json:"line"`
		State   State  `json:"state"`
		MS      int64  `json:"ms"`
		Title   string `json:"title"`
		Detail  string `json:"detail,omitempty"`
		Finding string `json:"finding,omitempty"`
		Error   string `json:"error,omitempty"`
	}{l.ID, l.State, l.Took.Milliseconds(), l.Title.String(), "", "", ""}
	if !l.Detail.IsZero() {
		out.Detail = l.Detail.String()
	}
	if l.Finding != nil {
		out.Finding = l.Finding.ID
	}
	if l.Err != nil {
		out.Error = diagnose.Redact(l.Err.Error())
	}
	return json.Marshal(out)
}

// Limit is how long one line may take.
const Limit = 4500 * time.Millisecond

// Config is what is to be looked at.
type Config struct {
	// Connection may be the zero value: then all servers of the cloud are looked at.
	Connection store.Connection
	Cloud      oauth.Cloud
	// Roots verify the servers' certificates; nil: the system's.
	Roots *x509.CertPool
	// Vault is probed; nil leaves the keyring out.
	Vault store.Vault
	// Dir is the data folder; empty leaves it out.
	Dir string
	// Events hears of each line when it begins and when it ends, never
	// concurrently; may be nil.
	Events func(Line)
	// Now is the clock; nil: the system's.
	Now func() time.Time
	// Limit is how long one line may take; 0: Limit.
	Limit time.Duration

	findBrowser func() (string, error)
	env         func(string) string
	system      func() (oauth.SystemProxy, error)
}

// probe is a line and how it is looked at.
type probe struct {
	line Line
	leg  check.Leg
	hop  check.HopName
	look func(ctx context.Context) verdict
}

// verdict is what a look found. A nil err with a zero state is OK.
type verdict struct {
	state  State
	detail assets.Message
	err    error
}

// Plan returns the lines that Run would look at, each running.
func Plan(cfg Config) []Line {
	probes := cfg.withDefaults().probes()
	lines := make([]Line, len(probes))
	for i, p := range probes {
		lines[i] = p.line
	}
	return lines
}

// Run looks at all lines side by side and returns when the last has ended, at the
// latest after Limit. When ctx is cancelled, what runs ends as NotRun.
func Run(ctx context.Context, cfg Config) []Line {
	cfg = cfg.withDefaults()
	probes := cfg.probes()
	lines := make([]Line, len(probes))
	var (
		running sync.WaitGroup
		telling sync.Mutex
	)
	tell := func(l Line) {
		if cfg.Events != nil {
			telling.Lock()
			defer telling.Unlock()
			cfg.Events(l)
		}
	}
	for i, p := range probes {
		running.Go(func() {
			tell(p.line)
			lines[i] = cfg.look(ctx, p)
			tell(lines[i])
		})
	}
	running.Wait()
	return lines
}

// look takes one line to its end.
func (cfg Config) look(ctx context.Context, p probe) Line {
	timed, cancel := context.WithTimeout(ctx, cfg.Limit)
	defer cancel()
	line, began := p.line, time.Now()
	v := p.look(timed)
	line.Took = time.Since(began)
	line.State, line.Detail, line.Err = v.state, v.detail, v.err
	switch {
	case ctx.Err() != nil:
		line.State, line.Detail, line.Err = NotRun, assets.Msg("preflight.cancelled"), ctx.Err()
		return line
	case line.State == "" && v.err != nil:
		line.State = Failed
	case line.State == "":
		line.State = OK
	}
	if v.err != nil && line.State != NotRun {
		f := diagnose.Explain(diagnose.Evidence{
			Connection: cfg.Connection, Cloud: cfg.Cloud, Leg: p.leg, Hop: p.hop, Err: v.err,
		})
		if f.ID != diagnose.Unknown {
			line.Finding = &f
		}
		if line.Detail.IsZero() {
			line.Detail = f.Title
		}
	}
	return line
}

// Findings returns the findings of lines, each once, those of failures first.
func Findings(lines []Line) []diagnose.Finding {
	var out []diagnose.Finding
	seen := map[string]bool{}
	for _, state := range []State{Failed, Warn} {
		for _, l := range lines {
			if l.State != state || l.Finding == nil || seen[l.Finding.ID+l.Finding.Server] {
				continue
			}
			seen[l.Finding.ID+l.Finding.Server] = true
			out = append(out, *l.Finding)
		}
	}
	return out
}

// Passed reports whether nothing failed; warnings pass.
func Passed(lines []Line) bool {
	for _, l := range lines {
		if l.State != OK && l.State != Warn && (l.State != NotRun || l.Err != nil) {
			return false
		}
	}
	return len(lines) > 0
}
