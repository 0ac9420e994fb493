package terminal

import (
	"context"
	"strconv"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// months are the lifetimes of the portal's list.
var months = []int{3, 6, 12, 24}

// secret is step 4.
func (w *Wizard) secret() []question {
	d := w.draft
	expires := text{
		field: wizard.FieldSecretExpires, label: w.tr("pages.expires"), hint: w.tr("pages.expires-hint") + " " + w.tr("terminal.months"),
		value: &d.SecretExpires, offer: w.offered(func(o *wizard.Draft) string { return o.SecretExpires }),
		convert: func(typed string) string {
			typed = wizard.Clean(typed)
			for _, m := range months {
				if typed == strconv.Itoa(m) {
					return store.DateOf(w.check.Now).AddMonths(m).String()
				}
			}
			return typed
		},
	}
	kind := w.askKind()
	if w.certified() {
		return []question{kind, {fields: []wizard.Field{wizard.FieldSecret}, ask: w.askCertificate}}
	}
	return []question{
		kind,
		{fields: []wizard.Field{wizard.FieldSecret}, show: func() { w.portal(catalog.PageSecrets) }, ask: w.askSecret},
		w.typed(expires),
	}
}

// askSecret asks for the client secret without echo and stores it at once.
func (w *Wizard) askSecret(ctx context.Context) error {
	w.title(w.tr("pages.secret-value"))
	w.note(w.tr("pages.secret-once"))
	w.note(w.tr("pages.secret-hint") + " " + w.tr("terminal.no-echo"))
	offer := w.offeredSecret()
	switch {
	case w.draft.HasSecret:
		w.note(w.tr("terminal.secret-kept"))
	case !offer.IsZero():
		w.note(w.tr("terminal.secret-practice"))
	}
	for {
		typed, err := w.readWith(ctx, "> ", w.Console.Secret)
		if err != nil {
			return err
		}
		if typed = wizard.Clean(typed); typed == "" {
			if w.draft.HasSecret {
				return nil
			}
			typed = offer.Reveal()
		}
		clean := oauth.NewSecret(typed)
		if p := wizard.CheckSecret(clean); p != nil {
			if !p.Warning {
				w.wrong(p.Message)
				continue
			}
			w.warn(p.Message)
		}
		if kept, err := w.keepSecret(ctx, clean); kept || err != nil {
			return err
		}
	}
}
