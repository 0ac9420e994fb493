package exchange

import (
	"encoding/json"
	"strings"
	"sync"
	"text/template"

	"postkey/assets"
	"postkey/wizard/scripts"
)

// The IDs of the scripts, in their order.
const (
	ScriptConnect           = "connect"            // Connect-ExchangeOnline
	ScriptEWSTenant         = "ews-tenant"         // EWS on for the tenant, the application on its list
	ScriptSwitches          = "switches"           // the protocols on for the mailboxes
	ScriptServicePrincipal  = "service-principal"  // New-ServicePrincipal
	ScriptMailboxPermission = "mailbox-permission" // Add-MailboxPermission
	ScriptSendAs            = "send-as"            // Add-RecipientPermission
	ScriptGroup             = "group"              // the mail-enabled security group
	ScriptScope             = "scope"              // New-ManagementScope
	ScriptRoles             = "roles"              // New-ManagementRoleAssignment
	ScriptPolicy            = "policy"             // New-ApplicationAccessPolicy
)

// The ways to fence an application in whose API permission opens every mailbox.
const (
	FenceRBAC   = "rbac"   // RBAC for Applications
	FencePolicy = "policy" // an application access policy, which Microsoft no longer wants
)

// Value is a value of Setup that a script cannot do without.
type Value string

// The values that can be missing.
const (
	ValueClientID Value = "client-id"
	ValueObjectID Value = "object-id"
	ValueReach    Value = "reach"
	ValueGroup    Value = "group"
	ValueScope    Value = "scope"
)

// Script is one step in Exchange Online: a command or several, how to take it
// back, and how to see that it is done.
type Script struct {
	ID string
	// Title says what it does, Why for what it is needed.
	Title, Why assets.Message
	// Do, Undo and Verify are PowerShell; Verify only reads. They are empty
	// where a value is missing.
	Do, Undo, Verify string
	// Legacy says that Microsoft no longer wants it for new set-ups.
	Legacy bool
	// Fence is set on the steps that belong to one of two ways to fence the
	// application in; those without it belong to both.
	Fence string
	// Missing are the values without which there is no script.
	Missing []Value
	// Reads says that Read understands what Verify prints.
	Reads bool

	connect string // connects where there is no connection
}

// step is how a script of the list comes to be.
type step struct {
	id       string
	when     bool
	fence    string
	values   []Value
	hasReads bool
}

// Scripts returns the steps of a set-up in their order. On a road with API
// permissions that open every mailbox, the two ways to fence it in follow each
// other; one of them is enough.
func Scripts(s Setup) []Script {
	perMailbox := s.uses("imap", "pop") || s.SMTP() && !s.SMTPRBAC
	rbac := len(s.Roles()) > 0
	open := s.uses("graph", "ews")
	fence := ""
	if open && !(s.SMTP() && s.SMTPRBAC) { // SMTP needs the roles whichever fence is chosen
		fence = FenceRBAC
	}
	principal := fence
	if perMailbox {
		principal = ""
	}
	var out []Script
	for _, st := range []step{
		{ScriptConnect, true, "", nil, false},
		{ScriptEWSTenant, s.uses("ews"), "", []Value{ValueClientID}, true},
		{ScriptSwitches, s.uses("imap", "pop", "smtp", "ews"), "", []Value{ValueReach}, true},
		{ScriptServicePrincipal, perMailbox || rbac, principal, []Value{ValueClientID, ValueObjectID}, true},
		{ScriptMailboxPermission, perMailbox, "", []Value{ValueObjectID, ValueReach}, false},
		{ScriptSendAs, s.SMTP() && !s.SMTPRBAC, "", []Value{ValueObjectID, ValueReach}, false},
		{ScriptGroup, rbac, "", []Value{ValueClientID, ValueGroup, ValueReach}, false},
		{ScriptScope, rbac, fence, []Value{ValueGroup, ValueScope}, false},
		{ScriptRoles, rbac, fence, []Value{ValueClientID, ValueObjectID, ValueScope, ValueReach}, true},
		{ScriptPolicy, open, FencePolicy, []Value{ValueClientID, ValueGroup, ValueReach}, true},
	} {
		if st.when {
			out = append(out, s.script(st, open))
		}
	}
	return out
}

func (s Setup) script(st step, open bool) Script {
	out := Script{
		ID: st.id, Fence: st.fence, Legacy: st.id == ScriptPolicy, Reads: st.hasReads,
		Title: assets.Msg("exchange.script." + st.id), Why: assets.Msg("exchange.script." + st.id + "-why"),
		connect: "if (-not (Get-ConnectionInformation)) {\n" + indent(s.render(ScriptConnect+"-do")) + "}\n\n",
	}
	if st.id == ScriptRoles && open {
		out.Why = assets.Msg("exchange.script.roles-open-why")
	}
	for _, v := range st.values {
		if s.missing(v) {
			out.Missing = append(out.Missing, v)
		}
	}
	if len(out.Missing) == 0 {
		out.Do, out.Undo, out.Verify = s.render(st.id+"-do"), s.render(st.id+"-undo"), s.render(st.id+"-verify")
	}
	return out
}

func (s Setup) missing(v Value) bool {
	switch v {
	case ValueClientID:
		return strings.TrimSpace(s.ClientID) == ""
	case ValueObjectID:
		return strings.TrimSpace(s.ObjectID) == ""
	case ValueGroup:
		return s.GroupName() == ""
	case ValueScope:
		return strings.TrimSpace(s.Scope) == ""
	}
	return len(s.Reach) == 0
}

// Part is one of a script's three texts.
type Part string

// The parts of a script.
const (
	Do     Part = "do"
	Undo   Part = "undo"
	Verify Part = "verify"
)

// Text is one part of the script, to be copied.
func (s Script) Text(p Part) string {
	switch p {
	case Undo:
		return s.Undo
	case Verify:
		return s.Verify
	}
	return s.Do
}

// File is one part of the script as it is saved: a .ps1 that connects first where
// there is no connection yet, with a byte order mark (see scripts.Tool.File).
func (s Script) File(p Part) []byte {
	text := s.Text(p)
	if s.ID != ScriptConnect {
		text = s.connect + text
	}
	return scripts.GraphPowerShell.File(text)
}

// FileName is a name for that file.
func (s Script) FileName(p Part) string {
	name := "postkey-exchange-" + s.ID
	if p != Do {
		name += "-" + string(p)
	}
	return name + scripts.GraphPowerShell.Ending()
}

// ObjectIDCommands are the commands that find the Object ID of the Enterprise
// application, by tool.
func ObjectIDCommands(s Setup) (map[scripts.Tool]string, error) {
	if _, err := scripts.Bash(s.ClientID); err != nil {
		return nil, err
	}
	out := make(map[scripts.Tool]string)
	for _, tool := range scripts.Tools() {
		out[tool] = s.render("object-id-" + string(tool))
	}
	return out, nil
}

// render writes one template.
func (s Setup) render(name string) string {
	var b strings.Builder
	if err := templates().ExecuteTemplate(&b, name, s); err != nil {
		panic("scripts/exchange: " + err.Error()) // the templates are embedded and every value can be quoted
	}
	return b.String()
}

func indent(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return "  " + strings.Join(lines, "\n  ") + "\n"
}

// list is an array of PowerShell.
func list(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = Quote(v)
	}
	return "@(" + strings.Join(quoted, ", ") + ")"
}

// each repeats a command for each mailbox. The command names $mailbox before
// any other value; for a single mailbox the first $mailbox becomes its address,
// unless the command needs the variable once more.
func each(mailboxes []string, command string) string {
	if len(mailboxes) == 1 && !strings.Contains(command, "{ $mailbox }") {
		return strings.Replace(command, "$mailbox", Quote(mailboxes[0]), 1)
	}
	return "foreach ($mailbox in " + list(mailboxes) + ") {\n  " + command + "\n}"
}

var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"q": Quote, "opath": OPATH, "list": list, "each": each, "bash": scripts.Bash,
	}).ParseFS(assets.Scripts, "scripts/exchange/*.tmpl"))
})

// dataFile is assets/catalog/exchange.json.
type dataFile struct {
	Source string `json:"source"`
	// Roles are those of RBAC for Applications by protocol, Covers the wider
	// ones that hold each.
	Roles  map[string][]string `json:"roles"`
	Covers map[string][]string `json:"covers"`
	Mark   string              `json:"mark"`
	// NotConnected and NotFound are pieces of PowerShell's own errors.
	NotConnected []string `json:"not_connected"`
	NotFound     []string `json:"not_found"`
	// True and False are words for them in pasted output.
	True  []string `json:"true"`
	False []string `json:"false"`
}

var data = sync.OnceValue(func() dataFile {
	var f dataFile
	raw, err := assets.Catalog.ReadFile("catalog/exchange.json")
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil {
		panic("catalog/exchange.json: " + err.Error()) // embedded: cannot fail
	}
	return f
})
