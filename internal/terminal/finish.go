package terminal

import (
	"context"
	"errors"
	"slices"
	"strings"

	"postkey/assets"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
	"postkey/wizard/handover"
)

// mailbox is step 7.
func (w *Wizard) mailbox() []question {
	d := w.draft
	m := &d.Mailbox
	var all []question
	add := func(t text) { all = append(all, w.typed(t)) }
	address := text{
		field: wizard.FieldMailboxAddress, label: w.tr("mailbox-page.address"), hint: w.tr("mailbox-page.address.own"),
		example: "support@contoso.com", value: &m.Address, offer: w.offered(func(o *wizard.Draft) string { return o.Mailbox.Address }),
	}
	switch {
	case d.AppOnly():
		address.label, address.hint = w.tr("apponly.mailbox"), w.tr("apponly.mailbox-hint")
		add(address)
	case d.Shared:
		address.label, address.hint = w.tr("mailbox-page.address.shared"), w.tr("mailbox-page.address.shared-hint")
		add(address)
		add(text{
			field: wizard.FieldMailboxDelegate, label: w.tr("mailbox-page.delegate"), hint: w.tr("mailbox-page.delegate.hint"),
			value: &m.Delegate, offer: w.offered(func(o *wizard.Draft) string { return o.Mailbox.Delegate }),
		})
	default:
		add(address)
	}
	add(text{field: wizard.FieldMailboxName, label: w.tr("mailbox-page.name"), hint: w.tr("mailbox-page.name.hint"), value: &m.Name, optional: true})
	product, _ := w.Bench.Catalog.Product(d.Product)
	if n := product.KeyLength; n > 0 {
		key := text{field: wizard.FieldMailboxKey, label: w.tr("mailbox-page.key"), hint: w.tr("mailbox-page.key.hint", "Count", n), value: &m.Key}
		if w.Bench.Practice {
			key.offer = w.tr("mailbox-page.practice-key")
		}
		add(key)
		add(text{field: wizard.FieldMailboxList, label: w.tr("mailbox-page.list"), hint: w.tr("mailbox-page.list.hint"), value: &m.List, optional: true})
	}
	all[0].show = w.mailboxNotices
	if !d.AppOnly() {
		return all
	}
	add(text{
		field: wizard.FieldReach, label: w.tr("apponly.reach"), hint: w.tr("terminal.list"), value: &d.Reach, optional: true, list: true,
		offer: w.offered(func(o *wizard.Draft) string { return o.Reach }),
	})
	add(text{
		field: wizard.FieldRefuse, label: w.tr("apponly.refuse"), hint: w.tr("apponly.refuse-hint") + " " + w.tr("terminal.list"), value: &d.Refuse, list: true,
		offer: w.offered(func(o *wizard.Draft) string { return o.Refuse }),
	})
	return append(all, question{ask: w.askExchange})
}

// mailboxNotices warns of what belongs to no question of the step.
func (w *Wizard) mailboxNotices() {
	d := w.draft
	if !d.SignedIn() {
		if p := d.CheckField(wizard.FieldAccount, w.check); p != nil {
			w.warn(p.Message)
		}
		return
	}
	if d.AppOnly() {
		return
	}
	var names []string
	for _, perm := range w.Bench.Catalog.Permissions(d.Product, d.Shared) {
		chosen := perm.Protocol != "" && slices.Contains(d.Protocols, perm.Protocol)
		if chosen && w.Bench.Catalog.Granted(perm, nil, d.Account.Granted) != catalog.Granted {
			names = append(names, strings.ToUpper(perm.Protocol))
		}
	}
	if len(names) > 0 {
		w.warn(assets.Msg("mailbox-page.not-granted", "Names", strings.Join(names, ", ")))
	}
}

// handover is step 9: the values, and the end.
func (w *Wizard) handover() []question {
	return []question{{show: w.values, ask: w.askSave}}
}

// values prints what to enter in the application. The client secret is in no output.
func (w *Wizard) values() {
	c, _ := w.draft.Connection() // a date that cannot be read was asked for before
	switch last := w.draft.LastTest; {
	case last == nil:
		w.say("handover-page.intro.untested")
	case last.OK:
		w.say("handover-page.intro.tested")
	default:
		w.say("handover-page.intro.failed")
	}
	for _, s := range handover.Sections(w.Bench.Catalog, c) {
		w.title(w.text(s.Title))
		if len(s.Crumbs) > 0 {
			w.wrap("  ", "  ", strings.Join(s.Crumbs, " > "))
		}
		for _, f := range s.Fields {
			label, value := f.Label, f.Value
			if !f.Text.IsZero() {
				label = w.text(f.Text)
			}
			switch {
			case f.Secret:
				value = w.tr("terminal.secret-value")
			case value == "":
				value = w.tr("handover-page.empty")
			}
			w.line("    ", label, ": ", value) // whole, to be copied
		}
		if !s.Note.IsZero() {
			w.note(w.text(s.Note))
		}
	}
	w.ending(c)
}

// ending says when the client secret ends, and what to take out of the
// registration when Postkey is no longer needed.
func (w *Wizard) ending(c store.Connection) {
	if c.Platform != wizard.PlatformDesktop && !c.SecretExpires.IsZero() {
		title, why := "handover-page.expires", "handover-page.expires.why"
		switch past := c.SecretExpires.DaysFrom(w.check.Now) < 0; {
		case c.Certificate != nil && past:
			title, why = "credential.ended", "credential.ends-why"
		case c.Certificate != nil:
			title, why = "credential.ends", "credential.ends-why"
		case past:
			title, why = "handover-page.expired", "handover-page.expired.why"
		}
		w.title(w.tr(title, "Date", handover.DayText(c.SecretExpires)))
		w.note(w.tr(why))
	}
	w.title(w.tr("sheet.redirect"))
	w.note(w.tr("sheet.redirect.text", "URI", w.Bench.Catalog.Limits().PostkeyRedirect))
}

// papers are those that can be saved of a connection.
func (w *Wizard) papers(c store.Connection) []option {
	papers := []option{{id: paperSheet, label: w.tr("save-file.sheet")}, {id: paperValues, label: w.tr("save-file.values")}}
	if c.Platform != wizard.PlatformDesktop && !c.SecretExpires.IsZero() && c.SecretExpires.DaysFrom(w.check.Now) >= 0 {
		papers = append(papers, option{id: paperCalendar, label: w.tr("save-file.calendar")})
	}
	return papers
}

func (w *Wizard) askSave(ctx context.Context) error {
	const save = "save"
	c, _ := w.draft.Connection() // a date that cannot be read was asked for before
	end := option{id: save, label: w.tr("handover-page.save")}
	if w.memory { // what is in memory ends with this program
		w.warn(assets.Msg("terminal.not-stored"))
		end.label = w.tr("terminal.end")
	}
	for {
		id, err := w.choose(ctx, choice{
			title: assets.Msg("terminal.finish"), current: save, options: append([]option{end}, w.papers(c)...),
		})
		switch {
		case err != nil:
			return err
		case id != save:
			err = w.paper(ctx, id)
		case w.memory:
			return errEnd
		default:
			err = w.keep(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// keep makes the draft a connection and ends with errDone, or says why it could not.
func (w *Wizard) keep(ctx context.Context) error {
	_, err := w.Bench.Save(ctx, w.draft)
	switch {
	case err == nil:
		w.say("terminal.saved", "Name", w.nameOf(w.draft))
		return errDone
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, wizard.ErrSignInFirst):
		w.wrong(assets.Msg("wizard.account-none"))
	default:
		w.failed(err)
	}
	return nil
}
