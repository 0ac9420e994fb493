package check

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"postkey/store"
	"postkey/wizard/mail"
)

// Remembered is a hop of a test that was kept, as far as the record has it. Of
// its error there is what the words of an SMTP server tell, see ReplyCode.
func Remembered(leg Leg, kept store.HopRecord) Hop {
	hop := Hop{
		Name: HopName(kept.Hop), Status: Status(kept.Status), Took: time.Duration(kept.MS) * time.Millisecond,
		Detail: kept.Detail, Server: kept.Server, Text: Text(HopName(kept.Hop), kept.Detail),
	}
	if hop.Status == Failed && leg == SMTP {
		hop.Err = mail.Reply(kept.Server)
	}
	return hop
}

// ReplyCode is the code with which the server refused, with the enhanced one
// where there is one, such as 535 5.7.3; empty without a code.
func (h Hop) ReplyCode() string {
	var said *mail.ServerError
	if !errors.As(h.Err, &said) || said.Code <= 0 {
		return ""
	}
	return strings.TrimSpace(strconv.Itoa(said.Code) + " " + said.Enhanced)
}
