package catalog

import (
	"errors"
	"fmt"
	"slices"

	"postkey/assets"
	"postkey/store"
)

type roadsFile struct {
	Source string      `json:"source"`
	Roads  []roadEntry `json:"roads"`
	// Permissions are those of each protocol.
	Permissions map[string][]struct {
		Permission string `json:"permission"`
		Needed     bool   `json:"needed"`
	} `json:"permissions"`
	Products map[string]struct {
		Mode        string `json:"mode"`
		OneUserName bool   `json:"one_user_name"`
		Road        string `json:"road"`
		Reason      string `json:"reason"`
		Source      string `json:"source"`
	} `json:"products"`
}

type roadEntry struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Needs     string   `json:"needs"`
	Costs     string   `json:"costs"`
	Life      string   `json:"life"`
	Grant     string   `json:"grant"`
	Protocols []string `json:"protocols"`
	Preset    []string `json:"preset"`
	SMTPRBAC  bool     `json:"smtp_rbac"`
	Ends      []struct {
		Day    store.Date `json:"day"`
		Final  bool       `json:"final"`
		Text   string     `json:"text"`
		Source string     `json:"source"`
	} `json:"ends"`
	Source string `json:"source"`
}

// roadChoice is who signs in for a product, and the road of one that signs in
// itself, and why.
type roadChoice struct {
	mode        string
	oneUserName bool
	road        string
	reason      assets.Message
}

func (d *data) addRoads(f roadsFile) error {
	for _, e := range f.Roads {
		road, err := e.road()
		if err != nil {
			return fmt.Errorf("road %q: %w", e.ID, err)
		}
		d.roads = append(d.roads, road)
	}
	known := func(id string) bool {
		return slices.ContainsFunc(d.roads, func(r Road) bool { return r.ID == id })
	}
	for _, id := range []string{RoadMail, RoadSMTPRBAC, RoadGraph, RoadEWS} {
		if !known(id) {
			return fmt.Errorf("road %q is missing", id)
		}
	}
	d.legPermissions = make(map[string][]Permission)
	for _, leg := range legs {
		for _, e := range f.Permissions[leg] {
			i, ok := d.byRef[e.Permission]
			if !ok || d.permissions[i].Type != Application {
				return fmt.Errorf("protocol %q: %q is no application permission of permissions.json", leg, e.Permission)
			}
			p := d.permissions[i]
			p.Needed, p.Protocol = e.Needed, leg
			d.legPermissions[leg] = append(d.legPermissions[leg], p)
		}
		if !slices.ContainsFunc(d.legPermissions[leg], func(p Permission) bool { return p.Needed }) {
			return fmt.Errorf("protocol %q needs no permission", leg)
		}
	}
	d.roadOf = make(map[string]roadChoice)
	for _, p := range d.products {
		choice := f.Products[p.ID]
		if !known(choice.Road) || choice.Reason == "" || choice.Source == "" {
			return fmt.Errorf("product %q: the road, the reason or the source is missing", p.ID)
		}
		if choice.Mode != ModeDelegated && choice.Mode != ModeAppOnly {
			return fmt.Errorf("product %q: unknown mode %q", p.ID, choice.Mode)
		}
		d.roadOf[p.ID] = roadChoice{choice.Mode, choice.OneUserName, choice.Road, assets.Msg(choice.Reason)}
	}
	return nil
}

func (e roadEntry) road() (Road, error) {
	r := Road{
		ID: e.ID, Title: message(e.Title), Needs: message(e.Needs), Costs: message(e.Costs), Life: message(e.Life),
		Grant: message(e.Grant), Protocols: e.Protocols, Preset: e.Preset, SMTPRBAC: e.SMTPRBAC,
	}
	if slices.ContainsFunc([]assets.Message{r.Title, r.Needs, r.Costs, r.Life, r.Grant}, assets.Message.IsZero) || e.Source == "" {
		return Road{}, errors.New("a text or the source is missing")
	}
	if len(r.Protocols) == 0 || len(r.Preset) == 0 {
		return Road{}, errors.New("the protocols are missing")
	}
	for _, leg := range r.Protocols {
		if !slices.Contains(legs, leg) {
			return Road{}, fmt.Errorf("unknown protocol %q", leg)
		}
	}
	for _, leg := range r.Preset {
		if !slices.Contains(r.Protocols, leg) {
			return Road{}, fmt.Errorf("the preset %q is no protocol of it", leg)
		}
	}
	for i, end := range e.Ends {
		if end.Day.IsZero() || end.Text == "" || end.Source == "" || i > 0 && !end.Day.After(e.Ends[i-1].Day) {
			return Road{}, errors.New("a date is missing, out of order, or without text or source")
		}
		r.Ends = append(r.Ends, RoadDate{Day: end.Day, Final: end.Final, Text: message(end.Text)})
	}
	return r, nil
}
