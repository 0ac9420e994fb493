package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"postkey/store"
	"postkey/wizard"
)

// expiryReport is when the secret of one connection ends.
type expiryReport struct {
	Name string `json:"name"`
	// OK is false when it ends within the days asked for.
	OK   bool   `json:"ok"`
	Kind string `json:"kind"` // client-secret, certificate, none
	// Expires and Days are left out when the end is unknown.
	Expires string `json:"expires,omitempty"`
	Days    *int   `json:"days,omitempty"`
}

// expiry says when client secrets and certificates end, the nearest first. It
// reads the data folder alone: no keyring, no network.
func (p *Program) expiry(ctx context.Context, f flags, days int, names []string) error {
	if f.imports != "" {
		return usageError(importGoesWith)
	}
	if days < 0 {
		return usageError("--expiry needs a number of days, such as 30")
	}
	s, err := p.open(f)
	if err != nil {
		return err
	}
	defer s.close()
	stored, err := s.bench.Store.Connections(ctx)
	if err != nil {
		return &exitError{ExitFailed, err}
	}
	chosen, err := choose(stored, names)
	if err != nil {
		return err
	}
	if len(s.bench.Store.Damaged()) > 0 {
		return &exitError{ExitFailed, errors.New("the connections could not be read; see above")}
	}
	all := expiries(chosen, days, time.Now())
	if f.json {
		encode(p.Out, struct {
			Connections []expiryReport `json:"connections"`
		}{all})
	}
	near := false
	for _, one := range all {
		near = near || !one.OK
		if !f.json {
			fmt.Fprintln(p.Out, one.text())
		}
	}
	if near {
		return &exitError{status: ExitFailed}
	}
	return nil
}

// expiries are the reports of the connections, what ends first before the rest.
func expiries(chosen []store.Connection, days int, now time.Time) []expiryReport {
	all := make([]expiryReport, 0, len(chosen))
	for _, c := range chosen {
		e := wizard.Warning(c, now)
		one := expiryReport{Name: c.Name, OK: true, Kind: "client-secret"}
		switch {
		case e.Certificate:
			one.Kind = "certificate"
		case c.Platform == wizard.PlatformDesktop:
			one.Kind = "none"
		}
		if e.Known {
			one.OK, one.Expires, one.Days = e.Days > days, e.Date.String(), &e.Days
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b expiryReport) int {
		switch {
		case a.Days != nil && b.Days != nil:
			return *a.Days - *b.Days
		case a.Days != nil:
			return -1
		case b.Days != nil:
			return 1
		}
		return 0
	})
	return all
}

// text is one line for people.
func (e expiryReport) text() string {
	kind := "client secret"
	if e.Kind == "certificate" {
		kind = e.Kind
	}
	switch {
	case e.Kind == "none":
		return e.Name + ": has no client secret"
	case e.Days == nil:
		return fmt.Sprintf("%s: when the %s ends is not known", e.Name, kind)
	case *e.Days < 0:
		return fmt.Sprintf("%s: the %s ended on %s", e.Name, kind, e.Expires)
	case *e.Days == 0:
		return fmt.Sprintf("%s: the %s ends today, %s", e.Name, kind, e.Expires)
	case *e.Days == 1:
		return fmt.Sprintf("%s: the %s ends tomorrow, %s", e.Name, kind, e.Expires)
	}
	return fmt.Sprintf("%s: the %s ends in %d days, on %s", e.Name, kind, *e.Days, e.Expires)
}
