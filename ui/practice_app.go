package ui

// PracticeApp is what the practice tenant offers to an application that signs
// in itself; its secret is that of PracticeValues.
type PracticeApp struct {
	// ClientID is its registration, ObjectID its Enterprise application.
	ClientID, ObjectID string
	// Address is the mailbox to test with; Reach and Refuse are lists of those
	// that are open to it and those that are shut.
	Address, Reach, Refuse string
}
