package terminal

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// permissions is step 5.
func (w *Wizard) permissions() []question {
	d := w.draft
	list := w.Bench.Permissions(d)
	if len(list) == 0 {
		return []question{{ask: w.enter, show: func() {
			w.say("apponly.permissions-none-title")
			w.say("apponly.permissions-none-text")
		}}}
	}
	return []question{
		{show: func() { w.portal(catalog.PagePermissions) }, ask: func(ctx context.Context) error { return w.askTicks(ctx, list) }},
		{ask: w.askConsent},
	}
}

func (w *Wizard) askTicks(ctx context.Context, list []catalog.Permission) error {
	d := w.draft
	ticks := make([]tick, len(list))
	for i, p := range list {
		ticks[i] = tick{
			label:  p.Name + "  (" + p.Resource + ", " + w.tr("pages.type-"+p.Type) + ")" + w.says(p),
			detail: w.text(p.Description) + " " + w.tr("pages.column-consent") + ": " + w.consentWord(p),
			on:     slices.Contains(d.Ticked, p.ID),
		}
	}
	return w.tick(ctx, assets.Msg("pages.column-permission"), ticks, func(i int, on bool) {
		d.Ticked = slices.DeleteFunc(slices.Clone(d.Ticked), func(id string) bool { return id == list[i].ID })
		if on {
			d.Ticked = append(d.Ticked, list[i].ID)
		}
	})
}

func (w *Wizard) consentWord(p catalog.Permission) string {
	switch {
	case p.AdminByDefinition:
		return w.tr("pages.consent-always")
	case p.AdminInPractice:
		return w.tr("pages.consent-often")
	}
	return w.tr("pages.consent-no")
}

// says is what Microsoft's answers tell of a permission; empty before there was one.
func (w *Wizard) says(p catalog.Permission) string {
	if !w.draft.SignedIn() {
		return ""
	}
	switch w.Bench.Granted(w.draft, p) {
	case catalog.Granted:
		return " - " + w.tr("pages.says-granted")
	case catalog.Missing:
		return " - " + w.tr("pages.says-missing")
	case catalog.CannotTell:
		return " - " + w.tr("consent.says-cannot-tell")
	case catalog.NotInToken:
		return " - " + w.tr("apponly.not-in-token")
	}
	return " - " + w.tr("pages.says-not-asked")
}

// askConsent offers the ways to an administrator's consent until one goes on.
func (w *Wizard) askConsent(ctx context.Context) error {
	const onward, here, link, mail, again = "onward", "here", "link", "mail", "again"
	for {
		options := []option{
			{id: onward, label: w.tr("terminal.onward")},
			{id: here, label: w.tr("consent.ask")},
			{id: link, label: w.tr("terminal.consent-link")},
			{id: mail, label: w.tr("consent.save-mail")},
		}
		if w.draft.SignedIn() || w.draft.AppOnly() && (w.draft.HasSecret || w.draft.Certificate != nil) {
			options = append(options, option{id: again, label: w.tr("consent.again")})
		}
		id, err := w.choose(ctx, choice{title: assets.Msg("consent.offer"), options: options, current: onward})
		switch {
		case err != nil:
			return err
		case id == onward:
			return nil
		case id == here:
			err = w.consent(ctx)
		case id == link:
			err = w.consentLink()
		case id == mail:
			err = w.consentMail(ctx)
		default:
			err = w.verify(ctx)
		}
		if err == nil {
			err = w.save(ctx)
		}
		if err != nil {
			return err
		}
	}
}

func (w *Wizard) consentLink() error {
	link, err := w.Bench.ConsentLink(w.draft)
	if err != nil {
		w.failed(err)
		return nil
	}
	w.line()
	w.line(link)
	w.line()
	w.note(w.tr("consent.elsewhere", "Address", oauth.ConsentRedirect))
	return nil
}

// consentMail saves a mail to an administrator, ready to send.
func (w *Wizard) consentMail(ctx context.Context) error {
	var content bytes.Buffer
	if err := w.Bench.WriteConsentMail(&content, w.draft, w.text); err != nil {
		w.failed(err)
		return nil
	}
	_, err := w.keepFile(ctx, "admin-consent.eml", content.Bytes())
	return err
}

// consent waits for an administrator in the browser of this computer.
func (w *Wizard) consent(ctx context.Context) error {
	session, err := w.Bench.AdminConsent(ctx, w.draft)
	if err != nil {
		return w.unlessOver(ctx, err)
	}
	defer session.Close()
	err = w.await(ctx, session, "consent.paste.", func(ctx context.Context) error {
		_, err := session.Wait(ctx)
		return err
	}, nil)
	if err != nil {
		return w.unlessOver(ctx, err)
	}
	w.note(w.tr("consent.given") + ".")
	if w.draft.SignedIn() && !w.draft.AppOnly() {
		return w.verify(ctx)
	}
	return nil
}

// verify asks Microsoft anew what is granted.
func (w *Wizard) verify(ctx context.Context) error {
	w.note(w.tr("consent.checking") + ".")
	if err := w.asking(ctx, w.Bench.Verify); err != nil {
		return w.unlessOver(ctx, err)
	}
	w.granted()
	return nil
}

// asking waits for an answer of Microsoft that is noted in the draft. The work
// has a copy, since the help may be read meanwhile.
func (w *Wizard) asking(ctx context.Context, ask func(context.Context, *wizard.Draft) error) error {
	asked := *w.draft
	err := w.busy(ctx, func(ctx context.Context) error { return ask(ctx, &asked) }, nil)
	if err == nil {
		*w.draft = asked
	}
	return err
}

// granted says what is missing of the list.
func (w *Wizard) granted() {
	var missing, outside []string
	for _, p := range w.Bench.Permissions(w.draft) {
		switch w.Bench.Granted(w.draft, p) {
		case catalog.Missing:
			missing = append(missing, p.Name)
		case catalog.NotInToken:
			outside = append(outside, p.Name)
		}
	}
	if len(outside) > 0 {
		w.note(w.tr("apponly.token-outside", "Names", strings.Join(outside, ", ")))
	}
	if len(missing) > 0 {
		w.wrong(assets.Msg("pages.missing", "Names", strings.Join(missing, ", "), "Count", len(missing)))
		return
	}
	if unwanted := w.Bench.UnwantedRoles(w.draft); len(unwanted) > 0 {
		w.wrong(assets.Msg("apponly.token-unwanted", "Names", strings.Join(unwanted, ", ")))
		return
	}
	if len(outside) > 0 {
		return
	}
	w.note(w.tr("consent.checked") + ".")
}

// unlessOver explains an error and goes on, but for the end of everything. What
// was cancelled by < needs no explanation.
func (w *Wizard) unlessOver(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ErrStopped):
		return err
	case errors.Is(err, errBack):
		w.say("terminal.cancelled")
		return nil
	}
	w.failed(err)
	return nil
}

// token is step 6 where the application signs in itself.
func (w *Wizard) token() []question {
	d := w.draft
	return []question{
		{fields: []wizard.Field{wizard.FieldAccount}, ask: w.askToken},
		{
			fields: []wizard.Field{wizard.FieldServicePrincipal}, show: func() {
				w.portal(catalog.PageEnterprise)
				w.objectID()
			},
			ask: func(ctx context.Context) error {
				return w.askText(ctx, text{
					field: wizard.FieldServicePrincipal, label: w.tr("apponly.object-id"), hint: w.tr("apponly.object-id-hint"),
					example: w.Bench.Catalog.Limits().ExampleID, value: &d.ServicePrincipalID, optional: !d.NeedsServicePrincipal(),
					offer: w.offered(func(o *wizard.Draft) string { return o.ServicePrincipalID }),
				})
			},
		},
	}
}

func (w *Wizard) askToken(ctx context.Context) error {
	const onward, start = "onward", "start"
	for {
		c := choice{title: assets.Msg("apponly.token"), current: start, options: []option{
			{id: start, label: w.tr("apponly.token-start"), detail: w.tr("apponly.token-before-ask")},
		}}
		if w.draft.SignedIn() {
			c = choice{title: assets.Msg("apponly.token-done"), current: onward, options: []option{
				{id: onward, label: w.tr("terminal.onward")}, {id: start, label: w.tr("apponly.token-again")},
			}}
		}
		id, err := w.choose(ctx, c)
		if err != nil || id == onward {
			return err
		}
		if err := w.verifyToken(ctx); err != nil {
			return err
		}
	}
}

func (w *Wizard) verifyToken(ctx context.Context) error {
	w.note(w.tr("apponly.token-asking") + ".")
	if err := w.asking(ctx, w.Bench.AppToken); err != nil {
		return w.unlessOver(ctx, err)
	}
	w.granted()
	return w.save(ctx)
}
