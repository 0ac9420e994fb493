package terminal

import (
	"context"
	"errors"
	"slices"
	"strings"

	"postkey/assets"
	"postkey/wizard"
	"postkey/wizard/check"
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
	if !d.AppOnly() {
		return all
	}
	add(text{
		field: wizard.FieldReach, label: w.tr("apponly.reach"), hint: w.tr("terminal.list"), value: &d.Reach, optional: true,
		offer: w.offered(func(o *wizard.Draft) string { return o.Reach }),
	})
	add(text{
		field: wizard.FieldRefuse, label: w.tr("apponly.refuse"), hint: w.tr("apponly.refuse-hint") + " " + w.tr("terminal.list"), value: &d.Refuse,
		offer: w.offered(func(o *wizard.Draft) string { return o.Refuse }),
	})
	return append(all, question{show: w.exchange, ask: w.enter})
}

// test is step 8.
func (w *Wizard) test() []question { return []question{{ask: w.askTest}} }

func (w *Wizard) askTest(ctx context.Context) error {
	const onward, start = "onward", "start"
	for {
		if w.draft.LastTest != nil && w.draft.LastTest.OK && w.tested {
			return nil
		}
		c := choice{title: assets.Msg("test-page.heading"), current: start, options: []option{
			{id: start, label: w.tr(w.startKey())}, {id: onward, label: w.tr("test-page.continue-anyway")},
		}}
		if !w.draft.SignedIn() && !w.draft.AppOnly() {
			w.warn(assets.Msg("test-page.no-sign-in"))
		}
		id, err := w.choose(ctx, c)
		if err != nil || id == onward {
			return err
		}
		if err := w.testNow(ctx); err != nil {
			return err
		}
		if err := w.save(ctx); err != nil {
			return err
		}
	}
}

func (w *Wizard) startKey() string {
	switch {
	case w.draft.LastTest != nil:
		return "test-page.again"
	case slices.ContainsFunc(w.draft.Protocols, func(p string) bool { return p != wizard.ProtocolIMAP && p != wizard.ProtocolPOP }):
		return "test-page.start"
	}
	return "test-page.start.receive"
}

func (w *Wizard) testNow(ctx context.Context) error {
	c, err := w.draft.Connection()
	if err != nil {
		w.wrong(assets.Msg("test-page.cannot", "Why", err.Error()))
		return nil
	}
	w.line()
	res, findings := w.Bench.TestWhole(ctx, c, w.hop)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, leg := range res.Legs {
		verdict := "test-page.works"
		if !leg.OK() {
			verdict = "test-page.failed"
		}
		w.wrap("  ", "    ", strings.ToUpper(string(leg.Leg))+" "+leg.Server+": "+w.tr(verdict))
		for _, note := range leg.NoteTexts {
			w.wrap("    ", "    ", plain(w.text(note)))
		}
	}
	if res.Fence != nil {
		for _, row := range res.Fence.Rows {
			key := "terminal.fence-right"
			if !row.OK() {
				key = "terminal.fence-wrong"
			}
			w.wrap("  ", "    ", strings.ToUpper(string(row.Leg))+" "+w.tr(key, "Address", row.Address,
				"Got", assets.Msg("terminal.fence-"+string(row.Got)), "Want", assets.Msg("terminal.fence-"+string(row.Want))))
		}
	}
	for _, f := range findings {
		w.finding(f)
	}
	record := w.Bench.TestRecord(res, findings)
	if last := w.draft.LastTest; !record.OK && last != nil {
		record.LastOK = last.LastOK
	}
	w.draft.LastTest, w.tested = record, true
	if record.OK {
		w.line()
		w.say("test-page.passed", "Time", assets.Msg("test-page.seconds", "N", assets.Decimal(w.Language, res.Took.Seconds())))
	}
	return nil
}

// hop prints each hop as it ends.
func (w *Wizard) hop(e check.Event) {
	state := ""
	switch e.Hop.Status {
	case check.OK:
		state = w.tr("test-page.ms", "N", e.Hop.Took.Milliseconds())
	case check.Failed:
		state = w.tr("test-page.hop.failed")
	default:
		return
	}
	w.line("  ", strings.ToUpper(string(e.Leg)), "  ", w.tr("test-page.hop."+string(e.Hop.Name)), ": ", state)
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
}

func (w *Wizard) askSave(ctx context.Context) error {
	for {
		if _, err := w.choose(ctx, choice{title: assets.Msg("terminal.finish"), current: "save", options: []option{
			{id: "save", label: w.tr("handover-page.save")},
		}}); err != nil {
			return err
		}
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
	}
}
