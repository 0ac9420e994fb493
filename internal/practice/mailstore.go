package practice

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

const (
	inbox        = "INBOX"
	maxMessage   = 35 << 20 // bytes; Exchange Online's default limit for sending
	maxKeptBytes = 64 << 20 // of one mailbox; the oldest messages go first
)

var folders = []string{inbox, "Drafts", "Sent Items", "Deleted Items"}

// mailStore holds the mailboxes that all three mail servers serve.
type mailStore struct {
	boxes map[string]*mailbox // by address, fixed at start
}

// mailbox is one mailbox. The IMAP library's in-memory user is the truth about
// its folders; bodies keeps the inbox's messages for POP, which that library
// does not give out again.
type mailbox struct {
	address string
	user    *imapmemserver.User
	now     func() time.Time

	mu     sync.Mutex // held while inbox and bodies change together
	bodies map[imap.UID][]byte

	watching sync.Mutex
	watchers map[chan struct{}]bool
}

// watch returns a channel that holds something whenever the mailbox may have
// changed since it was last read, and what ends it.
func (b *mailbox) watch() (changed <-chan struct{}, end func()) {
	c := make(chan struct{}, 1)
	b.watching.Lock()
	defer b.watching.Unlock()
	b.watchers[c] = true
	return c, func() {
		b.watching.Lock()
		defer b.watching.Unlock()
		delete(b.watchers, c)
	}
}

// tell wakes the watchers.
func (b *mailbox) tell() {
	b.watching.Lock()
	defer b.watching.Unlock()
	for c := range b.watchers {
		select {
		case c <- struct{}{}:
		default: // told already
		}
	}
}

// popMessage is a message of the inbox as POP sees it.
type popMessage struct {
	uid  imap.UID
	body []byte
}

func newMailStore(now func() time.Time, moreShared []string) *mailStore {
	s := &mailStore{boxes: make(map[string]*mailbox)}
	addresses := append([]string{sharedAddress}, moreShared...)
	for _, u := range users {
		if u.mailbox {
			addresses = append(addresses, u.UPN)
		}
	}
	for _, address := range addresses {
		b := &mailbox{
			address: address, now: now,
			user: imapmemserver.NewUser(address, ""), bodies: make(map[imap.UID][]byte),
			watchers: make(map[chan struct{}]bool),
		}
		for _, f := range folders {
			if err := b.user.Create(f, nil); err != nil {
				panic(fmt.Sprintf("practice: %v", err)) // the names above are distinct
			}
		}
		s.boxes[address] = b
	}
	return s
}

// find returns the mailbox of an address, or nil.
func (s *mailStore) find(address string) *mailbox {
	return s.boxes[strings.ToLower(strings.TrimSpace(address))]
}

// deliver puts a message into the inbox; idle IMAP sessions hear of it at once.
func (b *mailbox) deliver(message []byte) error {
	_, err := b.add(inbox, message, &imap.AppendOptions{Time: b.now()})
	return err
}

// add appends to a folder.
func (b *mailbox) add(folder string, message []byte, options *imap.AppendOptions) (*imap.AppendData, error) {
	defer b.tell()
	b.mu.Lock()
	defer b.mu.Unlock()
	data, err := b.user.Append(folder, bytes.NewReader(message), options)
	if err != nil || folder != inbox {
		return data, err
	}
	b.bodies[data.UID] = message
	return data, b.trim()
}

// trim keeps an endless test from filling the memory.
func (b *mailbox) trim() error {
	total := 0
	for _, body := range b.bodies {
		total += len(body)
	}
	if total <= maxKeptBytes {
		return nil
	}
	var gone []imap.UID
	for _, uid := range b.uids() {
		if total <= maxKeptBytes/2 {
			break
		}
		total -= len(b.bodies[uid])
		gone = append(gone, uid)
	}
	return b.expunge(gone)
}

func (b *mailbox) uids() []imap.UID {
	var uids []imap.UID
	for uid := range b.bodies {
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	return uids
}

// list returns the messages of the inbox, oldest first.
func (b *mailbox) list() ([]popMessage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	view := imapmemserver.NewUserSession(b.user)
	if _, err := view.Select(inbox, &imap.SelectOptions{ReadOnly: true}); err != nil {
		return nil, err
	}
	found, err := view.Search(imapserver.NumKindUID, &imap.SearchCriteria{}, &imap.SearchOptions{ReturnAll: true})
	if err := errors.Join(err, view.Close()); err != nil {
		return nil, err
	}
	there, _ := found.All.(imap.UIDSet)
	var list []popMessage
	for _, uid := range b.uids() {
		if !there.Contains(uid) { // an IMAP session removed it
			delete(b.bodies, uid)
			continue
		}
		list = append(list, popMessage{uid, b.bodies[uid]})
	}
	return list, nil
}

// remove deletes messages of the inbox, also for IMAP sessions.
func (b *mailbox) remove(uids []imap.UID) error {
	defer b.tell()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.expunge(uids)
}

func (b *mailbox) expunge(uids []imap.UID) error {
	if len(uids) == 0 {
		return nil
	}
	view := imapmemserver.NewUserSession(b.user)
	if _, err := view.Select(inbox, &imap.SelectOptions{}); err != nil {
		return err
	}
	set := imap.UIDSetNum(uids...)
	err := view.Store(nil, set, &imap.StoreFlags{
		Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}, Silent: true,
	}, &imap.StoreOptions{})
	err = errors.Join(err, view.Expunge(nil, &set), view.Close())
	for _, uid := range uids {
		delete(b.bodies, uid)
	}
	return err
}

// Deliver puts a message into the inbox of one of the tenant's mailboxes, as if
// it had come from outside.
func (t *Tenant) Deliver(address string, message []byte) error {
	b := t.mail.find(address)
	if b == nil {
		return fmt.Errorf("practice: no mailbox %s", address)
	}
	return b.deliver(message)
}

// Inbox returns the messages in the inbox of a mailbox, oldest first; none for
// an address without a mailbox.
func (t *Tenant) Inbox(address string) [][]byte {
	b := t.mail.find(address)
	if b == nil {
		return nil
	}
	list, err := b.list()
	if err != nil {
		t.log.Error("practice inbox", "err", err)
	}
	var out [][]byte
	for _, m := range list {
		out = append(out, m.body)
	}
	return out
}
