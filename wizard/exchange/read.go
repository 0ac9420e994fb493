package exchange

import (
	"slices"
	"strings"
	"unicode/utf8"

	"postkey/assets"
	"postkey/wizard/pasted"
)

// maxPasted is how much pasted text is read, in bytes.
const maxPasted = 4 << 20

// The commands whose output Read understands.
const (
	TestPolicy           = "Test-ApplicationAccessPolicy"
	TestAuthorization    = "Test-ServicePrincipalAuthorization"
	GetServicePrincipal  = "Get-ServicePrincipal"
	GetCASMailbox        = "Get-CASMailbox"
	GetTransportConfig   = "Get-TransportConfig"
	GetOrganizationConf  = "Get-OrganizationConfig"
	commandOfAnotherKind = ""
)

// Commands returns the commands whose output Read understands.
func Commands() []string {
	return []string{TestPolicy, TestAuthorization, GetServicePrincipal, GetCASMailbox, GetTransportConfig, GetOrganizationConf}
}

// State is what is to be said of a line.
type State string

// The states of a line.
const (
	Right       State = "right"
	Wrong       State = "wrong"
	Undecidable State = "undecidable"
)

// Line is one thing that an output says, compared with what is needed.
type Line struct {
	// Command is the one that printed it.
	Command string
	// What says what was looked at.
	What assets.Message
	// Needed and Present are values as the command prints them; Present is empty
	// where there is none.
	Needed, Present string
	State           State
	// Fix says what to do; zero where the line is right.
	Fix assets.Message
	// FixCommand is PowerShell that does it; it may be empty.
	FixCommand string
	// Finding is the id of the finding that the wrong line leads to; it may be empty.
	Finding string
}

// Reading is what pasted output says.
type Reading struct {
	// Commands are those that printed it, each once.
	Commands []string
	// Lines compare it with the set-up. There are none where the set-up needs
	// nothing of what was printed.
	Lines []Line
}

// Wrong returns the lines that are wrong.
func (r Reading) Wrong() []Line {
	return slices.DeleteFunc(slices.Clone(r.Lines), func(l Line) bool { return l.State != Wrong })
}

// Right reports whether there is a line, and every one is right.
func (r Reading) Right() bool {
	return len(r.Lines) > 0 && !slices.ContainsFunc(r.Lines, func(l Line) bool { return l.State != Right })
}

// ReadError says why pasted text cannot be read.
type ReadError struct{ Message assets.Message }

func (e *ReadError) Error() string { return e.Message.String() }

func readError(key string, pairs ...any) error {
	return &ReadError{assets.Msg("exchange.read-"+key, pairs...)}
}

// Read finds the output of the commands of Commands in pasted text, in the list
// and the table form and whatever stands around it, and compares it with what
// the set-up needs. Every error is a *ReadError.
func Read(text string, s Setup) (Reading, error) {
	if len(text) > maxPasted {
		return Reading{}, readError("too-big", "Max", maxPasted>>20)
	}
	lines := pasted.Lines(text)
	if strings.TrimSpace(strings.Join(lines, "")) == "" {
		return Reading{}, readError("empty")
	}
	records, echoes := parse(lines)
	by := make(map[string][]record)
	for _, r := range records {
		by[commandOf(r)] = append(by[commandOf(r)], r)
	}
	out := Reading{}
	for _, command := range Commands() {
		if len(by[command]) > 0 {
			out.Commands = append(out.Commands, command)
		}
	}
	if len(out.Commands) == 0 {
		return Reading{}, nothing(strings.Join(lines, "\n"), records, echoes)
	}
	c := comparison{setup: s, by: by}
	for _, command := range out.Commands {
		c.command = command
		c.compare()
	}
	out.Lines = c.lines
	return out, nil
}

// commandOf tells by the properties of a record which command printed it, and by
// the command line above it where several could have.
func commandOf(r record) string {
	echoed := func(name string) bool { return strings.EqualFold(r.echo.cmdlet, name) }
	switch {
	case r.has("AccessCheckResult"):
		return TestPolicy
	case r.has("RoleName") && r.any("InScope", "AllowedResourceScope", "GrantedPermissions"):
		return TestAuthorization
	case r.any("EwsAllowedAppIDs", "EwsApplicationAccessPolicy"), r.has("EwsEnabled") && echoed(GetOrganizationConf):
		return GetOrganizationConf
	case r.any("ImapEnabled", "PopEnabled", "OWAEnabled", "ActiveSyncEnabled"),
		r.any("SmtpClientAuthenticationDisabled", "EwsEnabled") && (echoed(GetCASMailbox) || r.any("PrimarySmtpAddress", "Identity", "Name", "EmailAddresses") && !echoed(GetTransportConfig) && !r.has("MaxReceiveSize")):
		return GetCASMailbox
	case r.has("SmtpClientAuthenticationDisabled"):
		return GetTransportConfig
	case r.has("EwsEnabled"):
		return GetOrganizationConf
	case r.has("AppId") && r.any("ObjectId", "ServiceId", "Sid") && !r.any("AccessRight", "ScopeName"):
		return GetServicePrincipal
	}
	return commandOfAnotherKind
}

// nothing says why there is nothing to read in a text.
func nothing(text string, records []record, echoes []echo) error {
	has := func(phrases []string) bool {
		return slices.ContainsFunc(phrases, func(p string) bool {
			return strings.Contains(strings.ToLower(text), strings.ToLower(p))
		})
	}
	var known, other string
	for _, e := range echoes {
		if slices.ContainsFunc(Commands(), func(c string) bool { return strings.EqualFold(c, e.cmdlet) }) {
			known = e.cmdlet
		} else {
			other = e.cmdlet
		}
	}
	switch {
	case has(data().NotConnected):
		return readError("not-connected")
	case has(data().NotFound):
		return readError("not-found")
	case known != "" && len(records) == 0:
		return readError("command-only", "Command", known)
	case other != "":
		return readError("other-command", "Command", brief(other))
	case len(records) > 0:
		return readError("other-output")
	}
	return readError("none")
}

// brief is a value fit for a sentence.
func brief(text string) string {
	const most = 120
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}
