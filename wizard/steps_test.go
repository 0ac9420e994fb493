package wizard

import "testing"

func TestCheckStep(t *testing.T) {
	ctx := Context{Now: noon, Others: others}
	right := rightDraft()
	for _, s := range right.Steps() {
		if got := right.CheckStep(s.ID, ctx); len(got) != 0 || !right.Done(s.ID, ctx) {
			t.Errorf("%s of a right draft: %v", s.ID, got)
		}
	}
	d := NewDraft(noon)
	for step, want := range map[StepID][]Field{
		StepApplication:  {FieldName},
		StepRegistration: {FieldClientID, FieldTenantID},
		StepRedirect:     {FieldRedirectHost},
		StepSecret:       {FieldSecret, FieldSecretExpires},
		StepPermissions:  {},
		StepSignIn:       {FieldAccount},
		StepMailbox:      {FieldMailboxKey, FieldMailboxAddress},
		StepTest:         {},
		StepHandover:     {},
	} {
		got := d.CheckStep(step, ctx)
		if len(got) != len(want) {
			t.Errorf("%s of a new draft: %v, want %v", step, got, want)
		}
		for _, f := range want {
			if _, ok := got[f]; !ok {
				t.Errorf("%s of a new draft: %s is missing in %v", step, f, got)
			}
		}
		if d.Done(step, ctx) != (len(want) == 0) {
			t.Errorf("%s of a new draft is done: %v", step, d.Done(step, ctx))
		}
	}
	if all := d.Check(ctx); len(all) != 7 || all[0].Field != FieldName || all[6].Field != FieldMailboxAddress {
		t.Errorf("all of a new draft: %v", all)
	}
	d.Platform = PlatformDesktop
	if got := d.CheckStep(StepSecret, ctx); len(got) != 0 {
		t.Errorf("a skipped step has problems: %v", got)
	}
	used := rightDraft()
	used.ClientID = others[0].ClientID
	if got := used.CheckStep(StepMailbox, ctx); !got[FieldClientID].Warning || !used.Done(StepMailbox, ctx) {
		t.Errorf("the mailbox step does not warn of a shared registration: %v", got)
	}
}

func TestPracticeNeedsNoRealDomain(t *testing.T) {
	d := rightDraft()
	d.Mailbox.Address, d.Account = "support@practice", nil
	if p := d.CheckField(FieldMailboxAddress, Context{Now: noon, Practice: true}); p != nil {
		t.Errorf("in the practice tenant: %v", p.Message)
	}
	if p := d.CheckField(FieldMailboxAddress, Context{Now: noon}); p == nil {
		t.Error("a domain without a dot passes")
	}
}

func TestRedirectURIs(t *testing.T) {
	own := RedirectURI{URI: "http://localhost/postkey", Postkey: true}
	for name, tc := range map[string]struct {
		change func(*Draft)
		want   []RedirectURI
	}{
		"XCALLY":      {host("https://motion.contoso.com/x"), []RedirectURI{{URI: "https://motion.contoso.com/api/cloudProviders/oauth2/microsoft/callback"}, own}},
		"no host yet": {host(""), []RedirectURI{own}},
		"wrong host":  {host("*"), []RedirectURI{own}},
		"other":       {uri("https://app.contoso.com/cb"), []RedirectURI{{URI: "https://app.contoso.com/cb"}, own}},
		"wrong URI":   {uri("http://app.contoso.com/cb"), []RedirectURI{own}},
	} {
		d := rightDraft()
		tc.change(d)
		got := d.RedirectURIs()
		if len(got) != len(tc.want) || got[0] != tc.want[0] || got[len(got)-1] != own {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}
