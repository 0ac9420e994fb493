package terminal

import (
	"context"
	"strings"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// choice makes a question of several answers about one field.
func (w *Wizard) choice(f wizard.Field, c choice, set func(id string)) question {
	return question{fields: []wizard.Field{f}, ask: func(ctx context.Context) error {
		id, err := w.choose(ctx, c)
		if err == nil {
			set(id)
		}
		return err
	}}
}

// application is step 1.
func (w *Wizard) application() []question {
	d, cat := w.draft, w.Bench.Catalog
	var products []option
	for _, p := range cat.Products() {
		products = append(products, option{id: p.ID, label: w.productName(p), detail: w.text(p.Reason)})
	}
	all := []question{
		w.choice(wizard.FieldProduct, choice{title: assets.Msg("pages.product"), options: products, current: d.Product},
			func(id string) { d.SetProduct(id, cat) }),
		w.choice(wizard.FieldMode, choice{title: assets.Msg("apponly.who"), current: kindOf(d), options: []option{
			{id: kindOwn, label: w.tr("pages.mailbox-own"), detail: w.tr("pages.mailbox-own-detail")},
			{id: kindShared, label: w.tr("pages.mailbox-shared"), detail: w.tr("pages.mailbox-shared-detail")},
			{id: kindApp, label: w.tr("apponly.kind"), detail: w.tr("apponly.kind-detail")},
		}}, func(id string) { setKind(d, id) }),
	}
	if d.AppOnly() {
		all = append(all, w.road())
	}
	if protocols := w.protocols(); len(protocols) > 1 {
		all = append(all, w.protocolTicks(protocols))
	}
	if clouds := w.Bench.Clouds(); len(clouds) > 1 {
		var options []option
		for _, id := range clouds {
			options = append(options, option{id: id, label: w.text(cat.CloudName(id))})
		}
		all = append(all, w.choice(wizard.FieldCloud, choice{title: assets.Msg("pages.cloud"), options: options, current: d.Cloud},
			func(id string) {
				d.Cloud = id
				w.warnOfCloud()
			}))
	}
	if d.Cloud == catalog.Custom {
		all = append(all, w.endpoints()...)
	}
	return append(all, w.typed(text{
		field: wizard.FieldName, label: w.tr("pages.name"), hint: w.tr("pages.name-hint"),
		example: w.tr("pages.name-example"), value: &d.Name, offer: w.offered(func(o *wizard.Draft) string { return o.Name }),
	}))
}

// The answers to who signs in.
const (
	kindOwn    = "own"
	kindShared = "shared"
	kindApp    = "app"
)

func kindOf(d *wizard.Draft) string {
	switch {
	case d.AppOnly():
		return kindApp
	case d.Shared:
		return kindShared
	}
	return kindOwn
}

func setKind(d *wizard.Draft, kind string) {
	if kind == kindApp {
		d.SetMode(wizard.ModeAppOnly)
		return
	}
	d.Shared = kind == kindShared
	if d.AppOnly() {
		d.SetMode(wizard.ModeDelegated)
	}
}

// road is how an application that signs in itself reaches the mailboxes.
func (w *Wizard) road() question {
	d, cat := w.draft, w.Bench.Catalog
	roads, fits, why := cat.Roads(d.Product)
	options := make([]option, len(roads))
	for i, r := range roads {
		detail := []string{
			w.tr("apponly.road-needs", "Text", r.Needs), w.tr("apponly.road-costs", "Text", r.Costs), w.tr("apponly.road-life", "Text", r.Life),
		}
		for _, day := range r.Countdown(w.check.Now) {
			detail = append(detail, w.text(day))
		}
		options[i] = option{id: r.ID, label: w.text(r.Title), detail: strings.Join(detail, "\n")}
		if r.ID == fits {
			options[i].pill = w.tr("pages.recommended")
		}
	}
	q := w.choice(wizard.FieldProtocols, choice{
		title: assets.Msg("apponly.road"), options: options, current: cat.RoadOf(d.Protocols, d.SMTPRBAC).ID,
	}, func(id string) {
		if r, ok := cat.Road(id); ok && id != cat.RoadOf(d.Protocols, d.SMTPRBAC).ID {
			d.SetRoad(r.Preset, r.SMTPRBAC)
		}
		w.warnOfRoad()
	})
	q.show = func() {
		w.line()
		w.wrap("", "", w.text(why))
	}
	return q
}

// protocols are those to choose from; a single one leaves no choice.
func (w *Wizard) protocols() []string {
	if w.draft.AppOnly() {
		return w.Bench.Catalog.RoadOf(w.draft.Protocols, w.draft.SMTPRBAC).Protocols
	}
	return []string{wizard.ProtocolIMAP, wizard.ProtocolPOP, wizard.ProtocolSMTP}
}

func (w *Wizard) protocolTicks(protocols []string) question {
	d := w.draft
	return question{fields: []wizard.Field{wizard.FieldProtocols}, ask: func(ctx context.Context) error {
		for {
			on := make([]bool, len(protocols))
			ticks := make([]tick, len(protocols))
			for i, p := range protocols {
				for _, chosen := range d.Protocols {
					on[i] = on[i] || chosen == p
				}
				ticks[i] = tick{label: w.tr("protocols." + p), on: on[i]}
			}
			err := w.tick(ctx, assets.Msg("protocols.title"), ticks, func(i int, yes bool) {
				on[i] = yes
				d.Protocols = nil
				for k, p := range protocols {
					if on[k] {
						d.Protocols = append(d.Protocols, p)
					}
				}
			})
			p := d.CheckField(wizard.FieldProtocols, w.check)
			if err == nil && p == nil {
				w.warnOfSharing()
			}
			if err != nil || p == nil {
				return err
			}
			w.wrong(p.Message)
		}
	}}
}

// endpoints are the addresses of a custom cloud.
func (w *Wizard) endpoints() []question {
	e := &w.draft.Endpoints
	world, _ := w.Bench.Catalog.Cloud(catalog.Worldwide)
	var all []question
	for _, row := range []struct {
		field   wizard.Field
		value   *string
		usual   string
		appOnly bool
	}{
		{wizard.FieldAuthority, &e.Authority, world.Authority, false},
		{wizard.FieldIMAP, &e.IMAP, world.IMAP, false},
		{wizard.FieldPOP, &e.POP, world.POP, false},
		{wizard.FieldSMTP, &e.SMTP, world.SMTP, false},
		{wizard.FieldEWS, &e.EWS, world.EWS, true},
		{wizard.FieldGraph, &e.Graph, world.Graph, true},
		{wizard.FieldMailResource, &e.MailResource, world.MailResource, false},
	} {
		if row.appOnly && !w.draft.AppOnly() {
			continue
		}
		all = append(all, w.typed(text{
			field: row.field, label: w.tr("pages.endpoint-" + string(row.field)), hint: w.tr("pages.endpoints"),
			example: row.usual, value: row.value, optional: true,
		}))
	}
	return all
}

// registration is step 2.
func (w *Wizard) registration() []question {
	d := w.draft
	var all []question
	if !d.AppOnly() {
		all = append(all, w.choice(wizard.FieldAudience, choice{title: assets.Msg("pages.audience"), current: string(d.Audience), options: []option{
			{id: string(oauth.AudienceSingle), label: w.tr("pages.audience-single"), detail: w.tr("pages.audience-single-detail"), pill: w.tr("pages.recommended")},
			{id: string(oauth.AudienceMulti), label: w.tr("pages.audience-multi"), detail: w.tr("pages.audience-multi-detail")},
			{id: string(oauth.AudienceMultiPersonal), label: w.tr("pages.audience-personal"), detail: w.tr("pages.audience-personal-detail")},
		}}, func(id string) { d.Audience = oauth.Audience(id) }))
	}
	all = append(all,
		w.typed(text{
			field: wizard.FieldClientID, label: w.tr("pages.client-id"), hint: w.tr("terminal.script"), aside: w.script, example: w.Bench.Catalog.Limits().ExampleID, value: &d.ClientID,
			offer: w.offered(func(o *wizard.Draft) string { return o.ClientID }),
		}),
		w.typed(text{
			field: wizard.FieldTenantID, label: w.tr("pages.tenant-id"), value: &d.TenantID, find: w.findTenant,
			hint:  w.tr("pages.tenant-hint") + " " + w.tr("terminal.find"),
			offer: w.offered(func(o *wizard.Draft) string { return o.TenantID }),
		}))
	all[0].show = func() {
		w.portal(catalog.PageNewRegistration)
		w.note(w.tr("pages.display-name-label") + ": " + d.AppName(w.Bench.Catalog))
	}
	return all
}

// redirect is step 3.
func (w *Wizard) redirect() []question {
	d := w.draft
	if d.AppOnly() {
		return []question{{ask: w.enter, show: func() {
			if len(w.Bench.Permissions(d)) == 0 {
				w.say("apponly.redirect-none")
				w.say("apponly.redirect-none-text")
				return
			}
			w.note(w.tr("apponly.redirect-button") + ": " + w.tr("apponly.redirect-button-text"))
			w.note(w.tr("apponly.redirect-link") + ": " + w.tr("apponly.redirect-link-text"))
			w.portal(catalog.PageAuthentication)
			w.uris()
		}}}
	}
	platform := w.choice(wizard.FieldPlatform, choice{title: assets.Msg("pages.platform"), current: d.Platform, options: []option{
		{id: wizard.PlatformWeb, label: w.tr("pages.platform-web"), detail: w.tr("pages.platform-web-detail"), pill: w.tr("pages.recommended")},
		{id: wizard.PlatformDesktop, label: w.tr("pages.platform-desktop"), detail: w.tr("pages.platform-desktop-detail")},
	}}, func(id string) { d.Platform = id })
	platform.show = func() { w.portal(catalog.PageAuthentication) }
	return []question{platform, w.typed(w.redirectText()), {show: w.uris, ask: w.enter}}
}

// redirectText asks for the host of the product, or for the whole URI where the
// product does not fix its path.
func (w *Wizard) redirectText() text {
	d := w.draft
	product, _ := w.Bench.Catalog.Product(d.Product)
	name := w.productName(product)
	uri := text{
		field: wizard.FieldRedirectURI, label: w.tr("pages.redirect-uri", "Product", name), hint: w.tr("pages.redirect-uri-hint"),
		example: "https://app.contoso.com/oauth2/callback", value: &d.RedirectURI,
		offer: w.offered(func(o *wizard.Draft) string { return "https://" + o.RedirectHost + "/callback" }),
	}
	if product.RedirectPath != "" {
		uri = text{
			field: wizard.FieldRedirectHost, label: w.tr("pages.redirect-host", "Product", name),
			hint: w.tr("pages.redirect-host-hint", "Path", product.RedirectPath), example: "motion.contoso.com", value: &d.RedirectHost,
			offer: w.offered(func(o *wizard.Draft) string { return o.RedirectHost }),
		}
	}
	return uri
}

// uris lists what to register.
func (w *Wizard) uris() {
	w.title(w.tr("pages.register-both"))
	for _, u := range w.draft.RedirectURIs() {
		w.line("    ", u.URI)
	}
	w.note(w.tr("pages.localhost-note"))
}

// enter waits for Enter.
func (w *Wizard) enter(ctx context.Context) error {
	_, err := w.read(ctx, w.tr("terminal.enter")+" ")
	return err
}

func (w *Wizard) productName(p catalog.Product) string {
	if !p.NameText.IsZero() {
		return w.text(p.NameText)
	}
	return p.Name
}

// failed explains an error.
func (w *Wizard) failed(err error) {
	c, _ := w.draft.Connection() // as far as it can be read, to explain the error
	w.finding(w.Bench.Explain(c, "", "", err))
}

// offered is a value of the practice tenant for the kind of mailbox chosen.
func (w *Wizard) offered(of func(*wizard.Draft) string) string {
	if o, _ := w.offer(); o != nil {
		return of(o)
	}
	return ""
}

func (w *Wizard) offeredSecret() oauth.Secret {
	_, secret := w.offer()
	return secret
}

func (w *Wizard) offer() (*wizard.Draft, oauth.Secret) {
	for i, o := range w.Offers {
		if kindOf(o) == kindOf(w.draft) && i < len(w.Secrets) {
			return o, w.Secrets[i]
		}
	}
	return nil, oauth.Secret{}
}
