package terminal

import (
	"context"

	"postkey/assets"
	"postkey/wizard"
)

// findTenant asks the sign-in service for the tenant behind a mail address.
func (w *Wizard) findTenant(ctx context.Context, address string) (string, error) {
	d := w.draft
	d.MailDomain = address
	if p := d.CheckField(wizard.FieldMailDomain, w.check); p != nil {
		w.wrong(p.Message)
		return "", nil
	}
	domain := wizard.CleanField(wizard.FieldMailDomain, address)
	w.note(w.tr("pages.finding") + ": " + domain)
	var id string
	err := w.busy(ctx, func(ctx context.Context) error {
		var err error
		id, err = w.Bench.FindTenant(ctx, d, domain)
		return err
	}, nil)
	if err != nil {
		return "", w.unlessOver(ctx, err)
	}
	w.line("  ", id)
	return id, nil
}

// warnOfCloud says that the servers of the chosen cloud are not confirmed.
func (w *Wizard) warnOfCloud() {
	if cloud, ok := w.Bench.Catalog.Cloud(w.draft.Cloud); ok && cloud.Unverified {
		w.warn(assets.Msg("pages.cloud-unverified"))
		w.note(w.tr("pages.cloud-unverified-text"))
	}
}

// warnOfRoad says when the chosen road ends for good.
func (w *Wizard) warnOfRoad() {
	road := w.Bench.Catalog.RoadOf(w.draft.Protocols, w.draft.SMTPRBAC)
	end, known := road.Final()
	if !known {
		return
	}
	w.warn(road.Life)
	for i, day := range road.Countdown(w.check.Now) {
		if road.Ends[i].Day == end.Day {
			w.note(w.text(day))
		}
	}
}

// warnOfSharing says what a delegate's sign-in cannot do.
func (w *Wizard) warnOfSharing() {
	if !w.draft.OneUserName() {
		return
	}
	product, _ := w.Bench.Catalog.Product(w.draft.Product)
	w.warn(assets.Msg("apponly.shared-title"))
	if w.Bench.Catalog.OneUserName(w.draft.Product) {
		w.note(w.tr("apponly.shared-one", "Product", w.productName(product)))
		return
	}
	w.note(w.tr("apponly.shared-if"))
}
