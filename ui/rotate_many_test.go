package ui

import (
	"encoding/json"
	"strings"
	"testing"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
)

// TestRotateMany: two connections of one registration take what a script
// printed, a third one a wrong value: each ends by itself.
func TestRotateMany(t *testing.T) {
	r, first := practiceRotation(t)
	second := r.signedIn(wizard.StepHandover, true)
	second.Name, second.SecretExpires = "Shared inbox", first.SecretExpires.String()
	_, err := r.bench.Save(t.Context(), second)
	must(t, err)
	r.home().load()
	r.until("both are shown", func() bool { return strings.Contains(r.texts(), "Shared inbox") })
	r.button("Update secrets…").Tapped(nil)
	s := r.screen.(*rotateMany)
	choose := s.page.(*manyChoosePage)
	if len(choose.ticks) != 2 || !choose.ticks[0].On() || !choose.ticks[1].On() {
		t.Fatalf("%d connections, not all ticked though they end today", len(choose.ticks))
	}
	r.button("Continue").Tapped(nil)
	enter := s.page.(*manyEnterPage)

	r.button("Use a script instead").Tapped(nil)
	if len(enter.texts) != 1 || strings.Count(enter.texts[0].area.Text(), first.ClientID) != 1 {
		t.Errorf("%d scripts for one registration of one tenant:\n%s", len(enter.texts), enter.texts[0].area.Text())
	}
	enter.takeText("nothing of the kind")
	if enter.wrong == nil || !strings.Contains(r.texts(), "no new client secret in this text") {
		t.Errorf("a wrong paste is not named:\n%s", r.texts())
	}
	made := r.tenant.AddSecret(r.clock.AddDate(0, 6, 0), 0)
	expired := r.tenant.AddSecret(r.clock.AddDate(0, 0, -2), 0)
	output, err := json.Marshal([]map[string]string{{
		"client_id": first.ClientID, "secret": made.Value.Reveal(),
		"secret_expires": store.DateOf(made.Ends).String(), "secret_key_id": made.KeyID,
	}})
	must(t, err)
	enter.takeText(string(output))
	for _, row := range s.rows {
		if !oauth.NewSecret(row.value.Text()).Equal(made.Value) || row.expires.Text() == "" {
			t.Errorf("%s was not filled", row.connection.Name)
		}
	}
	wrong := s.rows[1]
	wrong.value.SetText(expired.Value.Reveal())
	r.button("Prove and replace").Tapped(nil)
	proof := s.page.(*manyProofPage)
	r.until("both have ended", func() bool { return proof.stop == nil })
	r.sees("1 of 2")
	r.sees("Nothing has been replaced")
	if s.rows[0].mark.State() != widgets.HopOK || wrong.mark.State() != widgets.HopFailed {
		t.Errorf("the marks are %v and %v", s.rows[0].mark.State(), wrong.mark.State())
	}
	for id, want := range map[string]oauth.Secret{s.rows[0].connection.ID: made.Value, wrong.connection.ID: r.opts.Practice.Secret} {
		kept, err := r.bench.Secret(t.Context(), id)
		must(t, err)
		if !kept.Equal(want) {
			t.Errorf("%s does not have the right one of the two", id)
		}
	}
}

// TestRotateManyFromAValuesFile ticks what the file names, and names what is not here.
func TestRotateManyFromAValuesFile(t *testing.T) {
	r, first := practiceRotation(t)
	s := newRotateMany(r.App, []store.Connection{first}, func(store.Connection) bool { return false })
	r.show(s)
	p := s.page.(*manyChoosePage)
	if p.primary().run != nil {
		t.Error("it goes on with nothing ticked")
	}
	var file strings.Builder
	other := first
	other.Name, other.TenantID, other.ClientID = "Elsewhere", first.ClientID, first.TenantID
	must(t, wizard.WriteValues(&file, []store.Connection{first, other}))
	p.read(closer{strings.NewReader(file.String())})
	r.until("the file is read", func() bool { return p.said.Visible() })
	if !p.ticks[0].On() || !strings.Contains(p.said.Text(), "Elsewhere") {
		t.Errorf("ticked %v, said %q", p.ticks[0].On(), p.said.Text())
	}
	p.read(closer{strings.NewReader("{")})
	r.until("it is named what is wrong", func() bool { return strings.Contains(p.said.Text(), "could not be used") })
}

// TestRotatableOrder: what ended before what ends, and last what has no date.
func TestRotatableOrder(t *testing.T) {
	r := newRig(t, rigOptions{})
	var all []store.Connection
	for _, days := range []int{0, 40, -5} {
		c := store.Connection{Name: "no date", Platform: wizard.PlatformWeb}
		if days != 0 {
			c.Name, c.SecretExpires = store.DateOf(r.clock.AddDate(0, 0, days)).String(), store.DateOf(r.clock.AddDate(0, 0, days))
		}
		all = append(all, c)
	}
	got := rotatable(all, r.App)
	if len(got) != 3 || got[0].Name != all[2].Name || got[1].Name != all[1].Name || got[2].Name != "no date" {
		t.Errorf("%s, %s, %s", got[0].Name, got[1].Name, got[2].Name)
	}
}

type closer struct{ *strings.Reader }

func (closer) Close() error { return nil }
