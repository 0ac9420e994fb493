package exchange

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"postkey/assets"
	"postkey/store"
	"postkey/wizard/catalog"
	"postkey/wizard/scripts"
)

const (
	tenantID = "11111111-2222-4333-8444-555555555555"
	clientID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	objectID = "99999999-8888-4777-8666-555555555555"
)

func connection(protocols ...string) store.Connection {
	return store.Connection{
		Name: "Fax", Product: "imagicle", Mode: "app-only", Cloud: "gcc-high", TenantID: tenantID, ClientID: clientID,
		ServicePrincipalID: objectID, Protocols: protocols,
		Mailbox: store.Mailbox{Address: "fax@contoso.example"},
		Reach:   []string{" fax2@contoso.example ", "FAX@contoso.example", ""}, Refuse: []string{"boss@contoso.example", "fax2@contoso.example"},
	}
}

func setup(t *testing.T, protocols ...string) Setup {
	t.Helper()
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := SetupOf(cat, connection(protocols...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSetupOf(t *testing.T) {
	s := setup(t, "imap")
	if !slices.Equal(s.Reach, []string{"fax@contoso.example", "fax2@contoso.example"}) || !slices.Equal(s.Refuse, []string{"boss@contoso.example"}) {
		t.Errorf("reach %q, refuse %q", s.Reach, s.Refuse)
	}
	if s.Environment != "O365USGovGCCHigh" || s.Group != "Postkey Fax" || !strings.HasPrefix(s.GroupAlias(), "postkey-aaaaaaaa-") {
		t.Errorf("%+v", s)
	}
	cat, _ := catalog.Load()
	if _, err := SetupOf(cat, store.Connection{Cloud: "germany"}); err == nil {
		t.Error("a cloud that closed is taken")
	}
	for group, want := range map[string]string{
		"Fax":            "Name -eq 'Fax' -or DisplayName -eq 'Fax'",
		"fax@contoso.it": "PrimarySmtpAddress -eq 'fax@contoso.it'",
		"@fax's":         "Name -eq '@fax''s' -or DisplayName -eq '@fax''s'",
	} {
		s.Group = group
		if got := s.GroupFilter(); got != want {
			t.Errorf("%s: %s, want %s", group, got, want)
		}
	}
}

func TestScriptsByRoad(t *testing.T) {
	for _, tc := range []struct {
		protocols []string
		rbac      bool
		want      string // id, with its fence behind a colon
	}{
		{[]string{"imap", "smtp"}, false, "connect switches service-principal mailbox-permission send-as"},
		{[]string{"pop"}, false, "connect switches service-principal mailbox-permission"},
		{[]string{"smtp"}, true, "connect switches service-principal group scope roles"},
		{[]string{"imap", "smtp"}, true, "connect switches service-principal mailbox-permission group scope roles"},
		{[]string{"graph"}, false, "connect service-principal:rbac group scope:rbac roles:rbac policy:policy"},
		{[]string{"ews"}, false, "connect ews-tenant switches service-principal:rbac group scope:rbac roles:rbac policy:policy"},
		{[]string{"smtp", "graph"}, true, "connect switches service-principal group scope roles policy:policy"},
	} {
		s := setup(t, tc.protocols...)
		s.SMTPRBAC = tc.rbac
		var got []string
		for _, script := range Scripts(s) {
			id := script.ID
			if script.Fence != "" {
				id += ":" + script.Fence
			}
			got = append(got, id)
			if script.Legacy != (script.ID == ScriptPolicy) || script.Do == "" || script.Undo == "" || script.Verify == "" || len(script.Missing) > 0 {
				t.Errorf("%v: %+v", tc.protocols, script)
			}
			for _, m := range []assets.Message{script.Title, script.Why} {
				for _, lang := range assets.Languages() {
					if assets.Text(lang, m) == m.Key {
						t.Errorf("%s: no text for %s", lang, m.Key)
					}
				}
			}
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%v, RBAC %v: %s, want %s", tc.protocols, tc.rbac, strings.Join(got, " "), tc.want)
		}
	}
}

func find(t *testing.T, s Setup, id string) Script {
	t.Helper()
	list := Scripts(s)
	i := slices.IndexFunc(list, func(sc Script) bool { return sc.ID == id })
	if i < 0 {
		t.Fatalf("no script %s", id)
	}
	return list[i]
}

func TestCommands(t *testing.T) {
	s := setup(t, "imap", "pop", "smtp", "ews", "graph")
	world := s
	world.Environment = ""
	one := s
	one.Reach = one.Reach[:1]
	rbac := s
	rbac.SMTPRBAC = true
	for _, tc := range []struct {
		s     Setup
		id    string
		part  Part
		has   []string
		hasNo []string
	}{
		{s, ScriptConnect, Do, []string{"-ExchangeEnvironmentName 'O365USGovGCCHigh'"}, nil},
		{world, ScriptConnect, Do, []string{"Connect-ExchangeOnline"}, []string{"-ExchangeEnvironmentName"}},
		{s, ScriptConnect, Verify, []string{tenantID}, nil},
		{s, ScriptServicePrincipal, Do, []string{"New-ServicePrincipal -AppId '" + clientID + "' -ObjectId '" + objectID + "' -DisplayName 'Fax'"}, nil},
		{one, ScriptMailboxPermission, Do, []string{"Add-MailboxPermission -Identity 'fax@contoso.example' -User '" + objectID + "' -AccessRights FullAccess"}, []string{"foreach", "boss"}},
		{s, ScriptMailboxPermission, Do, []string{"foreach ($mailbox in @('fax@contoso.example', 'fax2@contoso.example'))"}, []string{"boss"}},
		{s, ScriptMailboxPermission, Verify, []string{"boss@contoso.example"}, nil},
		{s, ScriptSendAs, Do, []string{"Add-RecipientPermission", "-Trustee '" + objectID + "' -AccessRights SendAs"}, nil},
		{s, ScriptSwitches, Do, []string{"-ImapEnabled $true", "-PopEnabled $true", "-SmtpClientAuthenticationDisabled $false"}, []string{"Set-TransportConfig", "boss"}},
		{s, ScriptSwitches, Undo, []string{"-SmtpClientAuthenticationDisabled $null"}, []string{"\nSet-CASMailbox -Identity MAILBOX"}},
		{s, ScriptGroup, Do, []string{"New-DistributionGroup", "-Type Security"}, nil},
		{s, ScriptScope, Do, []string{"-RecipientRestrictionFilter $members", "MemberOfGroup -eq ''"}, nil},
		{s, ScriptRoles, Do, []string{"-Role 'Application Mail.Send'", "-Role 'Application EWS.AccessAsApp'", "-CustomResourceScope 'Postkey Fax'"}, []string{"SMTP"}},
		{rbac, ScriptRoles, Do, []string{"-Role 'Application SMTP.SendAsApp'"}, nil},
		{s, ScriptRoles, Verify, []string{"Test-ServicePrincipalAuthorization", "-Resource $mailbox", "boss@"}, nil},
		{s, ScriptPolicy, Do, []string{"New-ApplicationAccessPolicy -AppId '" + clientID + "'", "-AccessRight RestrictAccess"}, nil},
		{s, ScriptPolicy, Verify, []string{"Test-ApplicationAccessPolicy", "boss@"}, nil},
		{s, ScriptEWSTenant, Do, []string{"-EwsAllowedAppIDs", "-RetrieveEwsOperationAccessPolicy", "-EwsEnabled $true -Confirm"}, nil},
	} {
		text := find(t, tc.s, tc.id).Text(tc.part)
		for _, words := range tc.has {
			if !strings.Contains(text, words) {
				t.Errorf("%s %s lacks %s:\n%s", tc.id, tc.part, words, text)
			}
		}
		for _, words := range tc.hasNo {
			if strings.Contains(text, words) {
				t.Errorf("%s %s has %s:\n%s", tc.id, tc.part, words, text)
			}
		}
	}
	changes := []string{"New-", "Set-", "Add-", "Remove-"}
	for _, script := range Scripts(rbac) {
		if _, err := tokens(script.Do + script.Undo + script.Verify); err != nil {
			t.Errorf("%s: %v", script.ID, err)
		}
		for _, c := range changes {
			if strings.Contains(script.Verify, c) {
				t.Errorf("%s does not only read:\n%s", script.ID, script.Verify)
			}
		}
	}
}

func TestMissingValues(t *testing.T) {
	s := setup(t, "imap", "smtp", "graph")
	s.ObjectID, s.Reach, s.Group, s.ClientID = "", nil, " ", ""
	for _, tc := range []struct {
		id   string
		want []Value
	}{
		{ScriptConnect, nil},
		{ScriptServicePrincipal, []Value{ValueClientID, ValueObjectID}},
		{ScriptMailboxPermission, []Value{ValueObjectID, ValueReach}},
		{ScriptPolicy, []Value{ValueClientID, ValueGroup, ValueReach}},
	} {
		got := find(t, s, tc.id)
		if !slices.Equal(got.Missing, tc.want) || (got.Do == "") != (len(tc.want) > 0) || (got.Verify == "") != (len(tc.want) > 0) {
			t.Errorf("%s: %q is missing, and there is %q", tc.id, got.Missing, got.Do)
		}
	}
}

func TestFiles(t *testing.T) {
	s := setup(t, "imap")
	script := find(t, s, ScriptServicePrincipal)
	file := script.File(Do)
	if !bytes.HasPrefix(file, []byte("\xef\xbb\xbfif (-not (Get-ConnectionInformation)) {\r\n")) || !bytes.Contains(file, []byte("New-ServicePrincipal")) ||
		script.FileName(Do) != "postkey-exchange-service-principal.ps1" || script.FileName(Undo) != "postkey-exchange-service-principal-undo.ps1" {
		t.Errorf("%s:\n%s", script.FileName(Do), file)
	}
	if file := find(t, s, ScriptConnect).File(Do); bytes.Count(file, []byte("Connect-ExchangeOnline ")) != 1 {
		t.Errorf("the file that connects:\n%s", file)
	}
	for _, part := range []Part{Do, Undo, Verify} {
		if _, err := tokens(strings.TrimPrefix(strings.ReplaceAll(string(script.File(part)), "\r", ""), "\ufeff")); err != nil {
			t.Errorf("%s: %v", part, err)
		}
	}
}

// Two connections of one application have things of their own in Exchange Online:
// what one makes does not stand in the other's way, and its undo leaves the other's.
func TestTwoConnectionsOfOneApplication(t *testing.T) {
	one := setup(t, "graph", "ews", "smtp")
	one.SMTPRBAC = true
	two := one
	two.Group, two.Scope = "Postkey Invoices", "Postkey Invoices"
	names := func(s Setup) []string {
		out := []string{s.GroupAlias(), s.Mark()}
		for _, role := range s.Roles() {
			out = append(out, role.Name)
		}
		return out
	}
	for i, name := range names(one) {
		if other := names(two)[i]; strings.EqualFold(name, other) || utf8.RuneCountInString(name) > nameLimit {
			t.Errorf("%q and %q", name, other)
		}
	}
	if !slices.Equal(names(one), names(setupLike(one))) {
		t.Error("the same set-up has other names the next time")
	}
	if undo := find(t, one, ScriptPolicy).Undo; !strings.Contains(undo, one.Mark()) {
		t.Errorf("the undo does not tell the policies apart: %s", undo)
	}
}

// setupLike is the same set-up, with names typed in another case.
func setupLike(s Setup) Setup {
	s.Group, s.Scope = strings.ToUpper(s.Group), strings.ToLower(s.Scope)
	return s
}

func TestObjectIDCommands(t *testing.T) {
	commands, err := ObjectIDCommands(setup(t, "imap"))
	if err != nil || !strings.Contains(commands[scripts.AzureCLI], "az ad sp show --id '"+clientID+"'") ||
		!strings.Contains(commands[scripts.GraphPowerShell], "Get-MgServicePrincipal -Filter 'appId eq ''"+clientID+"'''") {
		t.Errorf("%q, %v", commands, err)
	}
	// The setup is one of GCC High, whose directory is not at the usual address.
	if text := commands[scripts.GraphPowerShell]; !strings.Contains(text, " -Environment 'USGov'") {
		t.Errorf("it looks in another cloud: %s", text)
	}
	world := setup(t, "imap")
	world.GraphEnvironment = ""
	if commands, err := ObjectIDCommands(world); err != nil || strings.Contains(commands[scripts.GraphPowerShell], "-Environment") {
		t.Errorf("%q, %v", commands, err)
	}
	if _, err := ObjectIDCommands(Setup{ClientID: "a\nb"}); err == nil {
		t.Error("a line break reaches bash")
	}
}

// The commands of a whole set-up with 500 mailboxes stay one command each.
func TestManyMailboxes(t *testing.T) {
	s := setup(t, "imap")
	s.Reach = nil
	for i := range 500 {
		s.Reach = append(s.Reach, strings.Repeat("m", i%7+1)+"@contoso.example")
	}
	if text := find(t, s, ScriptMailboxPermission).Do; strings.Count(text, "Add-MailboxPermission") != 1 || strings.Count(text, "@contoso.example") != 500 {
		t.Errorf("%d bytes", len(text))
	}
}
