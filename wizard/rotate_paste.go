package wizard

import (
	"errors"
	"strings"

	"postkey/store"
	"postkey/wizard/scripts"
)

// TakeRotations reads what scripts printed that have added a client secret to
// one or several registrations (see scripts.ParseRotated), and returns the new
// value of each connection that it is for, by its index. Connections of one
// registration share the value. A single secret without a client ID is that of
// the only connection. The problem says what is wrong with the output; nil:
// nothing is.
func TakeRotations(output string, connections []store.Connection) (map[int]Credential, *Problem) {
	added, err := scripts.ParseRotated(output)
	if err != nil {
		var wrong *scripts.OutputError
		errors.As(err, &wrong) // ParseRotated returns no other
		return nil, &Problem{Message: wrong.Message}
	}
	found := make(map[int]Credential)
	for _, a := range added {
		c, wrong := credentialOf(a)
		if wrong != nil {
			return nil, wrong
		}
		for i, conn := range connections {
			alone := a.ClientID == "" && len(connections) == 1
			if alone || a.ClientID != "" && strings.EqualFold(a.ClientID, conn.ClientID) {
				found[i] = c
			}
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	if len(connections) == 1 && added[0].ClientID != "" {
		return nil, problem("rotate-other-client", "Got", added[0].ClientID, "Expected", connections[0].ClientID)
	}
	return nil, problem("rotate-none-of-these")
}

// credentialOf is a secret that a script has added, checked as a typed one is.
func credentialOf(a scripts.Rotated) (Credential, *Problem) {
	if p := CheckSecret(a.Secret); !goesOn(p) {
		return Credential{}, p
	}
	c := Credential{Secret: a.Secret}
	if a.Expires != "" {
		day, err := store.ParseDate(a.Expires)
		if err != nil {
			return Credential{}, problem("expires-form", "Example", "2027-05-21")
		}
		c.Expires = day
	}
	return c, nil
}
