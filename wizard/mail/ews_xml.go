package mail

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// The namespaces of EWS (Microsoft Learn: EWS XML elements in Exchange).
const (
	soapSpace     = "http://schemas.xmlsoap.org/soap/envelope/"
	typesSpace    = "http://schemas.microsoft.com/exchange/services/2006/types"
	messagesSpace = "http://schemas.microsoft.com/exchange/services/2006/messages"
)

// soapRequest is an envelope on its way out. The prefixes are part of the
// names, for encoding/xml would repeat the namespace in every element.
type soapRequest struct {
	XMLName xml.Name `xml:"s:Envelope"`
	S       string   `xml:"xmlns:s,attr"`
	T       string   `xml:"xmlns:t,attr"`
	M       string   `xml:"xmlns:m,attr"`
	Version struct {
		Version string `xml:"Version,attr"`
	} `xml:"s:Header>t:RequestServerVersion"`
	Mailbox string `xml:"s:Header>t:ExchangeImpersonation>t:ConnectingSID>t:PrimarySmtpAddress"`
	Body    struct {
		Operation any
	} `xml:"s:Body"`
}

// buildSOAP writes an operation for a mailbox; every text is escaped.
func buildSOAP(mailbox string, operation any) ([]byte, error) {
	r := soapRequest{S: soapSpace, T: typesSpace, M: messagesSpace, Mailbox: mailbox}
	r.Version.Version = "Exchange2016"
	r.Body.Operation = operation
	out, err := xml.Marshal(r)
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), out...), nil
}

// The pieces of the operations. The schema fixes the order of elements.
type (
	ewsField struct {
		URI string `xml:"FieldURI,attr"`
	}
	ewsFolderID struct {
		ID string `xml:"Id,attr"`
	}
	ewsItemID struct {
		ID string `xml:"Id,attr"`
	}
	ewsShape struct {
		Base   string     `xml:"t:BaseShape"`
		MIME   bool       `xml:"t:IncludeMimeContent,omitempty"`
		Fields []ewsField `xml:"t:AdditionalProperties>t:FieldURI,omitempty"`
	}
)

type ewsGetFolder struct {
	XMLName xml.Name    `xml:"m:GetFolder"`
	Shape   ewsShape    `xml:"m:FolderShape"`
	Folder  ewsFolderID `xml:"m:FolderIds>t:DistinguishedFolderId"`
}

type ewsCreateItem struct {
	XMLName     xml.Name    `xml:"m:CreateItem"`
	Disposition string      `xml:"MessageDisposition,attr"`
	Folder      ewsFolderID `xml:"m:SavedItemFolderId>t:DistinguishedFolderId"`
	Message     struct {
		Class   string `xml:"t:ItemClass"`
		Subject string `xml:"t:Subject"`
		Body    struct {
			Type string `xml:"BodyType,attr"`
			Text string `xml:",chardata"`
		} `xml:"t:Body"`
		To string `xml:"t:ToRecipients>t:Mailbox>t:EmailAddress"`
	} `xml:"m:Items>t:Message"`
}

type ewsFindItem struct {
	XMLName   xml.Name `xml:"m:FindItem"`
	Traversal string   `xml:"Traversal,attr"`
	Shape     ewsShape `xml:"m:ItemShape"`
	View      struct {
		Max    int    `xml:"MaxEntriesReturned,attr"`
		Offset int    `xml:"Offset,attr"`
		Base   string `xml:"BasePoint,attr"`
	} `xml:"m:IndexedPageItemView"`
	Sort struct {
		Order string   `xml:"Order,attr"`
		Field ewsField `xml:"t:FieldURI"`
	} `xml:"m:SortOrder>t:FieldOrder"`
	Folder ewsFolderID `xml:"m:ParentFolderIds>t:DistinguishedFolderId"`
}

type ewsGetItem struct {
	XMLName xml.Name  `xml:"m:GetItem"`
	Shape   ewsShape  `xml:"m:ItemShape"`
	Item    ewsItemID `xml:"m:ItemIds>t:ItemId"`
}

type ewsDeleteItem struct {
	XMLName xml.Name  `xml:"m:DeleteItem"`
	Type    string    `xml:"DeleteType,attr"`
	Item    ewsItemID `xml:"m:ItemIds>t:ItemId"`
}

// soapReply is an envelope that came back, as far as it is looked at.
type soapReply struct {
	XMLName xml.Name `xml:"Envelope"`
	Body    struct {
		Fault    *soapFault     `xml:"Fault"`
		Response []soapResponse `xml:",any"`
	} `xml:"Body"`
}

type soapFault struct {
	Code   string `xml:"faultcode"`
	Text   string `xml:"faultstring"`
	Detail struct {
		ResponseCode string     `xml:"ResponseCode"`
		Message      string     `xml:"Message"`
		Values       []ewsValue `xml:"MessageXml>Value"`
	} `xml:"detail"`
}

type soapResponse struct {
	XMLName  xml.Name
	Messages struct {
		List []ewsResponse `xml:",any"`
	} `xml:"ResponseMessages"`
}

// ewsResponse is what EWS says about one thing that was asked.
type ewsResponse struct {
	Class  string     `xml:"ResponseClass,attr"`
	Text   string     `xml:"MessageText"`
	Code   string     `xml:"ResponseCode"`
	Values []ewsValue `xml:"MessageXml>Value"`
	Folder struct {
		Any []struct {
			ID    ewsItemID `xml:"FolderId"`
			Total *int      `xml:"TotalCount"`
		} `xml:",any"`
	} `xml:"Folders"`
	Root struct {
		Last  bool `xml:"IncludesLastItemInRange,attr"`
		Items struct {
			Any []ewsItem `xml:",any"`
		} `xml:"Items"`
	} `xml:"RootFolder"`
	Items struct {
		Any []ewsItem `xml:",any"`
	} `xml:"Items"`
}

type ewsItem struct {
	MIME      string    `xml:"MimeContent"`
	ID        ewsItemID `xml:"ItemId"`
	Class     string    `xml:"ItemClass"`
	Subject   string    `xml:"Subject"`
	From      string    `xml:"From>Mailbox>EmailAddress"`
	MessageID string    `xml:"InternetMessageId"`
}

type ewsValue struct {
	Name string `xml:"Name,attr"`
	Text string `xml:",chardata"`
}

// backOff is how long the server wants to be left alone, which EWS says in
// milliseconds inside the answer.
func backOff(values []ewsValue) time.Duration {
	for _, v := range values {
		if v.Name != "BackOffMilliseconds" {
			continue
		}
		if ms, err := strconv.ParseInt(strings.TrimSpace(v.Text), 10, 64); err == nil && ms > 0 {
			return time.Duration(min(ms, maxRetryAfter*1000)) * time.Millisecond
		}
	}
	return 0
}

// Bounds of an answer in XML. A page of messages nests about ten deep and has
// some hundreds of elements.
const (
	maxXMLDepth    = 64
	maxXMLElements = 50_000
)

var errXML = errors.New("the XML is not that of EWS")

// readSOAP reads an envelope. It takes no document type, no entities beyond the
// five of XML and no processing instructions, and nothing deep or endless.
func readSOAP(data []byte) (soapReply, error) {
	var reply soapReply
	if err := boundXML(data); err != nil {
		return reply, err
	}
	if err := xml.Unmarshal(data, &reply); err != nil {
		return reply, fmt.Errorf("%w: %w", errXML, err)
	}
	if reply.XMLName.Space != soapSpace {
		return reply, fmt.Errorf("%w: no SOAP envelope", errXML)
	}
	return reply, nil
}

func boundXML(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	depth, elements := 0, 0
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errXML, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			elements += 1 + len(token.Attr)
			if depth > maxXMLDepth || elements > maxXMLElements {
				return fmt.Errorf("%w: too deep or too many elements", errXML)
			}
		case xml.EndElement:
			depth--
		case xml.Directive:
			return fmt.Errorf("%w: it has a document type", errXML)
		case xml.ProcInst:
			if token.Target != "xml" {
				return fmt.Errorf("%w: it has a processing instruction", errXML)
			}
		}
	}
}
