package exchange

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"postkey/assets"
)

// A Setup to compare with: one mailbox to reach, another, and one to refuse.
func wanted(protocols ...string) Setup {
	return Setup{
		Protocols: protocols, TenantID: tenantID, ClientID: clientID, ObjectID: objectID, Name: "Fax", Group: "Postkey Fax", Scope: "Postkey Fax",
		Reach: []string{"fax@contoso.example", "fax2@contoso.example"}, Refuse: []string{"boss@contoso.example"},
	}
}

// said is a line in short: its state, the key of what it is about, its finding.
func said(l Line) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", l.State, strings.TrimPrefix(l.What.Key, "exchange.line-"), l.Finding))
}

func saidOf(r Reading) []string {
	out := make([]string, len(r.Lines))
	for i, l := range r.Lines {
		out[i] = said(l)
	}
	return out
}

func policyList(mailbox, result string) string {
	return "\nRunspaceId        : 5b9e\nAppId             : " + clientID + "\nMailbox           : " + mailbox +
		"\nMailboxId         : 0b1e\nAccessCheckResult : " + result + "\n\n"
}

const principalTable = `
DisplayName ObjectId                             AppId
----------- --------                             -----
Other       12345678-8888-4777-8666-555555555555 bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee
Fax         99999999-8888-4777-8666-555555555555 aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee
`

const authorizationTable = `
PS C:\> Test-ServicePrincipalAuthorization -Identity "Fax" -Resource "%s" | Format-Table

RoleName                      GrantedPermissions          AllowedResourceScope        ScopeType                 InScope
--------                      ------------------          --------------------        ---------                 ------
Application Mail.Send         Mail.Send                   Canadian Employees           CustomRecipientScope     %s
Application Mail.ReadWrite    Mail.ReadWrite              4d819ce9-9257-44..           AdministrativeUnit       %s
`

// authorizationRows are one role of a mailbox, assigned once for each answer.
func authorizationRows(mailbox string, inScope ...string) string {
	var b strings.Builder
	for i, in := range inScope {
		fmt.Fprintf(&b, "\nResource : %s\nRoleName : Application EWS.AccessAsApp\nAllowedResourceScope : Scope %d\nScopeType : CustomRecipientScope\nInScope : %s\n\n", mailbox, i, in)
	}
	return b.String()
}

const casTable = `
Name ActiveSyncEnabled OWAEnabled PopEnabled ImapEnabled MapiEnabled SmtpClientAuthenticationDisabled
---- ----------------- ---------- ---------- ----------- ----------- --------------------------------
fax  True              True       False      True        True        False
fax2 True              True       True       False       True
boss True              True       True       False       True        True
`

var readings = []struct {
	name      string
	text      string
	protocols string
	want      []string
}{
	{
		"policy, all as wanted", policyList("fax", "Granted") + policyList("fax2@contoso.example", "Granted") + policyList("boss", "Denied"), "graph",
		[]string{"right reach", "right reach", "right refuse"},
	},
	{
		"policy, all wrong", policyList("fax", "Denied") + policyList("fax2", "Granted") + policyList("boss", "Granted"), "ews",
		[]string{"wrong reach access-policy-blocked", "right reach", "wrong refuse access-policy-open"},
	},
	{
		"policy of another application, another mailbox", strings.ReplaceAll(policyList("fax", "Granted"), clientID, objectID) + policyList("chef", "Denied"), "graph",
		[]string{"wrong policy-app", "undecidable mailbox-unknown", "undecidable absent"},
	},
	{
		"policy by its command line", "PS C:\\> Test-ApplicationAccessPolicy -Identity boss@contoso.example -AppId " + clientID + "\n" + policyList("Andrea Rossi", "Granted"), "graph",
		[]string{"wrong refuse access-policy-open", "undecidable absent"},
	},
	{
		"policy, wrapped and double-spaced", "AppId : " + clientID[:20] + "\n\n                " + clientID[20:] + "\n\nMailbox : fax\n\nAccessCheckResult : Granted\n\n", "graph",
		[]string{"right reach", "undecidable absent"},
	},
	{
		"policy, an odd result", policyList("fax", "Perhaps"), "graph", []string{"undecidable reach", "undecidable absent"},
	},
	{
		"policy table", "Identity             AppId                                AccessCheckResult\n--------             -----                                -----------------\nfax@contoso.example  " + clientID + " Granted\nboss@contoso.example " + clientID + " Denied\n", "graph",
		[]string{"right reach", "right refuse", "undecidable absent"},
	},
	{
		"policy table, cut", "Identity             AppId         AccessCheckResult\n--------             -----         -----------------\nfax@contoso.example  aaaaaaaa-b... Granted\nfax2@contoso.example 99999999-8... Granted\n", "graph",
		[]string{"right reach", "wrong policy-app", "undecidable absent"},
	},
	{
		"authorization", fmt.Sprintf(authorizationTable, "fax@contoso.example", "True", "True") + fmt.Sprintf(authorizationTable, "boss@contoso.example", "False", "True"), "graph",
		[]string{
			"right role-scope", "right role-reach", "right role-refuse",
			"right role-scope", "right role-reach", "wrong role-refuse access-policy-open", "undecidable absent",
		},
	},
	{
		"authorization, not run and not given", "RoleName : Application EWS.AccessAsApp\nGrantedPermissions : EWS.AccessAsApp\nScopeType : Organization\nInScope : Not Run\n", "ews graph",
		[]string{
			"wrong role graph-access-denied", "wrong role graph-access-denied",
			"wrong role-scope access-policy-open", "undecidable role-somewhere", "undecidable absent",
		},
	},
	{
		"authorization, a wider role", "Resource : fax@contoso.example\nRoleName : Application Exchange Full Access\nScopeType : CustomRecipientScope\nInScope : False\n", "graph",
		[]string{
			"right role-scope", "wrong role-reach graph-access-denied",
			"right role-scope", "wrong role-reach graph-access-denied", "undecidable absent",
		},
	},
	{
		"authorization, two scopes that add up", authorizationRows("fax@contoso.example", "False", "True") + authorizationRows("boss@contoso.example", "False", "False"), "ews",
		[]string{"right role-scope", "right role-reach", "right role-refuse", "undecidable absent"},
	},
	{
		"authorization, a scope and none", "Resource : fax@contoso.example\nRoleName : Application EWS.AccessAsApp\nScopeType : CustomRecipientScope\nInScope : True\n\nResource : fax@contoso.example\nRoleName : Application EWS.AccessAsApp\nScopeType : Organization\nInScope : True\n", "ews",
		[]string{"wrong role-scope access-policy-open", "right role-reach", "undecidable absent"},
	},
	{"principal table", principalTable, "imap", []string{"right principal", "right object-id"}},
	{
		"principal, wrong Object ID", "DisplayName : Fax\nAppId : " + clientID + "\nServiceId : 12345678-8888-4777-8666-555555555555\n", "imap",
		[]string{"right principal", "wrong object-id imap-app-mailbox-access"},
	},
	{
		"principal, the client ID", "AppId : " + clientID + "\nObjectId : " + clientID + "\n", "imap",
		[]string{"right principal", "wrong object-id imap-app-mailbox-access"},
	},
	{"principal of others", "AppId : bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee\nObjectId : x\n", "imap", []string{"wrong principal imap-app-mailbox-access"}},
	{
		"principal, cut", "DisplayName ObjectId    AppId\n----------- --------    -----\nFax         99999999-8… aaaaaaaa-b…\n", "imap",
		[]string{"undecidable principal", "undecidable object-id"},
	},
	{
		"principal, cut and wrong", "DisplayName ObjectId      AppId\n----------- --------      -----\nFax         12345678-8... aaaaaaaa-b...\n", "imap",
		[]string{"undecidable principal", "wrong object-id imap-app-mailbox-access"},
	},
	{
		"mailboxes table", casTable, "imap pop smtp",
		[]string{
			"right on", "wrong on pop-auth-failed", "right on",
			"wrong on imap-not-connected", "right on", "undecidable on",
		},
	},
	{
		"mailboxes and tenant", casTable + "\nPS> Get-TransportConfig | fl SmtpClientAuthenticationDisabled\n\nSmtpClientAuthenticationDisabled : True\n", "smtp",
		[]string{"right on", "wrong on smtp-auth-disabled-tenant", "right smtp-tenant"},
	},
	{
		"one mailbox, off", "PrimarySmtpAddress : fax@contoso.example\nImapEnabled : Falsch\nSmtpClientAuthenticationDisabled : Wahr\nEwsEnabled :\n", "imap smtp ews",
		[]string{"wrong on imap-not-connected", "undecidable on", "wrong on smtp-auth-disabled-mailbox", "undecidable absent"},
	},
	{
		"a mailbox of others", "PrimarySmtpAddress : chef@contoso.example\nImapEnabled : True\n", "imap",
		[]string{"undecidable mailbox-unknown", "undecidable absent"},
	},
	{"the tenant alone", "SmtpClientAuthenticationDisabled : True", "smtp", []string{"undecidable smtp-tenant"}},
	{"the tenant is on", "SmtpClientAuthenticationDisabled : False", "smtp", []string{"right smtp-tenant"}},
	{"the tenant, cut", "SmtpClientAuthenticationDisabled : Fal...", "smtp", []string{"undecidable smtp-tenant"}},
	{"nothing to do with it", "SmtpClientAuthenticationDisabled : True", "graph", nil},
	{"EWS right", "EwsEnabled       : True\nEwsAllowedAppIDs : {bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee,\n                   " + clientID + "}\n", "ews", []string{"right ews-tenant", "right ews-list"}},
	{"EWS off", "EwsEnabled : False\nEwsAllowedAppIDs : bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee\n", "ews", []string{"wrong ews-tenant ews-disabled", "wrong ews-list ews-disabled"}},
	{"EWS not chosen, the list hidden", "PS> Get-OrganizationConfig | fl Ews*\n\nEwsEnabled : \nEwsAllowedAppIDs : \nEwsApplicationAccessPolicy : EnforceAllowList\n", "ews", []string{"undecidable ews-tenant", "undecidable ews-list", "undecidable ews-agents"}},
	{"EWS, the list empty", "PS> Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy | fl Ews*\n\nEwsEnabled : True\nEwsAllowedAppIDs : \n", "ews", []string{"right ews-tenant", "wrong ews-list ews-disabled"}},
	{"EWS, the list cut", "EwsEnabled : True\nEwsAllowedAppIDs : {bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee...\n", "ews", []string{"right ews-tenant", "undecidable ews-list"}},
	{"EWS without the list", "PS> Get-OrganizationConfig | fl EwsEnabled\n\nEwsEnabled : Tru...\n", "ews", []string{"undecidable ews-tenant", "undecidable ews-list"}},
}

func TestRead(t *testing.T) {
	for _, tt := range readings {
		for form, change := range forms {
			got, err := Read(change(tt.text), wanted(strings.Fields(tt.protocols)...))
			if err != nil || len(got.Commands) == 0 {
				t.Errorf("%s, %s: %v, commands %q", tt.name, form, err, got.Commands)
				continue
			}
			if said := saidOf(got); !slices.Equal(said, tt.want) {
				t.Errorf("%s, %s:\n%q, want\n%q", tt.name, form, said, tt.want)
			}
			for _, l := range got.Lines {
				checkLine(t, l)
			}
		}
	}
}

// checkLine proves that a line says what it must in every language, and what to do about it.
func checkLine(t *testing.T, l Line) {
	t.Helper()
	for _, lang := range assets.Languages() {
		if text := assets.Text(lang, l.What); text == l.What.Key || strings.Contains(text, "<no value>") {
			t.Errorf("%s: %q", lang, text)
		}
		if text := assets.Text(lang, l.Fix); (l.State == Right) != l.Fix.IsZero() || !l.Fix.IsZero() && (text == l.Fix.Key || strings.Contains(text, "<no value>")) {
			t.Errorf("%s: %s is %s with the fix %q", lang, l.What.Key, l.State, text)
		}
	}
	if _, err := tokens(l.FixCommand); err != nil {
		t.Errorf("%s: %v in %s", l.What.Key, err, l.FixCommand)
	}
}

// forms are ways in which the same output comes to the clipboard.
var forms = map[string]func(string) string{
	"as printed": func(s string) string { return s },
	"Windows":    func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"old Mac":    func(s string) string { return strings.ReplaceAll(s, "\n", "\r") },
	"BOM":        func(s string) string { return "\ufeff" + s },
	"UTF-16":     func(s string) string { return "\xff\xfe" + encode(s, binary.LittleEndian) },
	"UTF-16 BE":  func(s string) string { return "\xfe\xff" + encode(s, binary.BigEndian) },
	"no mark":    func(s string) string { return encode(s, binary.LittleEndian) },
	"no mark BE": func(s string) string { return encode(s, binary.BigEndian) },
	"colours": func(s string) string {
		return "\x1b]0;PowerShell\x07\x1b[32;1m" + strings.ReplaceAll(s, ": ", "\x1b[0m: ")
	},
	"no-break spaces": func(s string) string {
		return strings.ReplaceAll(s, " ", "\u00a0")
	},
	"among other words": func(s string) string {
		return "WARNUNG: Ihr Kennwort läuft ab.\n\nPS C:\\Utenti\\andrea> cls\n\n" + s + "\nPS C:\\Utenti\\andrea> \n"
	},
}

func encode(text string, order binary.AppendByteOrder) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

func TestReadErrors(t *testing.T) {
	met := make(map[string]bool)
	for _, tt := range []struct{ name, text, key, says string }{
		{"nothing", " \r\n\x1b[0m", "empty", ""},
		{"too much", strings.Repeat("x", 5<<20), "too-big", "4 MiB"},
		{"prose", "It works now.", "none", ""},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "none", ""},
		{"the command alone", "PS C:\\> Get-CASMailbox -Identity fax | fl", "command-only", "Get-CASMailbox"},
		{"another command", "PS C:\\> Get-Mailbox fax\n\nName  Alias\n----  -----\nfax   fax\n", "other-command", "Get-Mailbox"},
		{"another output", "Alias : fax\nServerName : x\n", "other-output", ""},
		{"not connected", "Get-CASMailbox: The term 'Get-CASMailbox' is not recognized as a name of a cmdlet, function, script file, or executable program.", "not-connected", "Connect-ExchangeOnline"},
		{"not connected, German", "Die Benennung \"Get-CASMailbox\" wurde nicht als Name eines Cmdlet, einer Funktion erkannt.\n    + FullyQualifiedErrorId : CommandNotFoundException", "not-connected", ""},
		{"not connected, Italian", "Termine 'Get-CASMailbox' non è riconosciuto come nome di cmdlet", "not-connected", ""},
		{"no such mailbox", "Get-CASMailbox : Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object 'fax3' couldn't be found", "not-found", ""},
		{"a cut list", "AppId :", "other-output", ""},
	} {
		got, err := Read(tt.text, wanted("imap"))
		var wrong *ReadError
		if !errors.As(err, &wrong) || wrong.Message.Key != "exchange.read-"+tt.key || !strings.Contains(err.Error(), tt.says) || len(got.Lines) > 0 {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
			continue
		}
		met[tt.key] = true
		for _, lang := range assets.Languages() {
			if assets.Text(lang, wrong.Message) == wrong.Message.Key {
				t.Errorf("%s: no text for %s", lang, wrong.Message.Key)
			}
		}
	}
	if len(met) != 8 {
		t.Errorf("met %v", met)
	}
}

// An output as long as it may be is read to its bound.
func TestReadBound(t *testing.T) {
	got, err := Read(strings.Repeat(policyList("chef", "Granted"), maxPasted/len(policyList("chef", "Granted"))), wanted("graph"))
	if err != nil || len(got.Lines) != maxRecords+1 {
		t.Errorf("%d lines, %v", len(got.Lines), err)
	}
	if got, err := Read("AppId AccessCheckResult\n----- -----------------\n"+strings.Repeat("x     y\n", 2*maxRecords), wanted("graph")); err != nil || len(got.Lines) != maxRecords+1 {
		t.Errorf("%d lines, %v", len(got.Lines), err)
	}
}

func TestReadingSums(t *testing.T) {
	right, _ := Read(principalTable, wanted("imap"))
	wrong, _ := Read(policyList("boss", "Granted"), wanted("graph"))
	if !right.Right() || len(right.Wrong()) != 0 || wrong.Right() || len(wrong.Wrong()) != 1 || (Reading{}).Right() {
		t.Errorf("%+v %+v", right, wrong)
	}
	if l := wrong.Wrong()[0]; l.Needed != "Denied" || l.Present != "Granted" || !strings.Contains(l.FixCommand, "Remove-DistributionGroupMember") {
		t.Errorf("%+v", l)
	}
}
