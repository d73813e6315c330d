"""Writes Outlook's .msg files: an OLE2 compound file (MS-CFB) with the properties of one mail (MS-OXMSG).

As small as Outlook itself and msgconvert accept: Unicode strings, one HTML and one plain body, recipients with their
addresses, attachments. What a test wants wrong it changes in the bytes.
"""
import datetime
import struct

FREE, END, FAT_SECTOR, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
SECTOR, MINI, CUTOFF = 512, 64, 4096
STORAGE, STREAM, ROOT = 1, 2, 5
MESSAGE_CLASS, SUBJECT, SUBMIT_TIME, HEADERS = 0x001A, 0x0037, 0x0039, 0x007D
SENDER_NAME, SENDER_TYPE, SENDER_ADDRESS = 0x0C1A, 0x0C1E, 0x0C1F
DISPLAY_CC, DISPLAY_TO, BODY, HTML, MESSAGE_ID = 0x0E03, 0x0E04, 0x1000, 0x1013, 0x1035
NAME, ADDRESS_TYPE, ADDRESS, SMTP_ADDRESS, RECIPIENT_TYPE = 0x3001, 0x3002, 0x3003, 0x39FE, 0x0C15
ATTACH_DATA, ATTACH_SHORT, ATTACH_METHOD, ATTACH_LONG, ATTACH_MIME = 0x3701, 0x3704, 0x3705, 0x3707, 0x370E


class Entry:
    def __init__(self, name, kind, data=b"", children=()):
        self.name, self.kind, self.data, self.children = name, kind, data, list(children)
        self.left = self.right = self.child = NONE
        self.start, self.size = END, 0


def order(entry):
    return (len(entry.name), entry.name.upper())


def tree(entries, number):
    """A balanced tree of siblings; gives its root's number."""
    if not entries:
        return NONE
    middle = len(entries) // 2
    top = entries[middle]
    top.left, top.right = tree(entries[:middle], number), tree(entries[middle + 1:], number)
    return number[id(top)]


def flatten(entry):
    return [entry] + [e for child in sorted(entry.children, key=order) for e in flatten(child)]


def padded(data, to):
    return data + b"\0" * (-len(data) % to)


class Sectors:
    def __init__(self):
        self.data, self.fat = [], []

    def add(self, data):
        if not data:
            return END
        first, blocks = len(self.data), [data[i:i + SECTOR] for i in range(0, len(data), SECTOR)]
        for i, block in enumerate(blocks):
            self.data.append(padded(block, SECTOR))
            self.fat.append(first + i + 1 if i + 1 < len(blocks) else END)
        return first


def compound_file(root):
    entries = flatten(root)
    number = {id(e): i for i, e in enumerate(entries)}
    sectors, mini, mini_fat = Sectors(), b"", []
    for e in entries:
        e.child = tree(sorted(e.children, key=order), number)
        e.size = len(e.data)
        if e.kind != STREAM or not e.data:
            continue
        if e.size >= CUTOFF:
            e.start = sectors.add(e.data)
            continue
        e.start, n = len(mini_fat), -(-e.size // MINI)
        mini_fat += [e.start + i + 1 for i in range(n - 1)] + [END]
        mini += padded(e.data, MINI)
    root.start, root.size = sectors.add(mini), len(mini)
    mini_fat += [FREE] * (-len(mini_fat) % (SECTOR // 4))
    mini_table = struct.pack("<%dI" % len(mini_fat), *mini_fat)
    mini_start = sectors.add(mini_table)
    directory = b"".join(directory_entry(e) for e in entries)
    directory += empty_entry() * (-len(entries) % 4)
    directory_start = sectors.add(directory)
    n_fat = 1
    while n_fat * (SECTOR // 4) < len(sectors.data) + n_fat:
        n_fat += 1
    assert n_fat <= 109, "larger than this writer makes them"
    fat_start = len(sectors.data)
    fat = sectors.fat + [FAT_SECTOR] * n_fat
    fat += [FREE] * (n_fat * (SECTOR // 4) - len(fat))
    difat = [fat_start + i for i in range(n_fat)] + [FREE] * (109 - n_fat)
    header = struct.pack("<8s16x5H6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, n_fat,
                         directory_start, 0, CUTOFF, mini_start, len(mini_table) // SECTOR, END, 0)
    return header + struct.pack("<109I", *difat) + b"".join(sectors.data) + struct.pack("<%dI" % len(fat), *fat)


def directory_entry(e):
    name = (e.name + "\0").encode("utf-16-le")
    return struct.pack("<64sHBBIII16xIQQIQ", name, len(name), e.kind, 1, e.left, e.right, e.child, 0, 0, 0, e.start, e.size)


def empty_entry():
    return struct.pack("<64sHBBIII16xIQQIQ", b"", 0, 0, 1, NONE, NONE, NONE, 0, 0, 0, 0, 0)


def file_time(when):
    return int((when - datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)).total_seconds()) * 10 ** 7


def storage(name, header_size, texts=(), binaries=(), numbers=(), times=(), children=(), kind=STORAGE):
    """The properties of one object: a stream each, and the table that lists them."""
    rows, streams = b"", []
    for tag, text in texts:
        data = text.encode("utf-16-le")
        rows += struct.pack("<HHIII", 0x001F, tag, 6, len(data) + 2, 0)
        streams.append(Entry("__substg1.0_%04X001F" % tag, STREAM, data))
    for tag, data in binaries:
        rows += struct.pack("<HHIII", 0x0102, tag, 6, len(data), 0)
        streams.append(Entry("__substg1.0_%04X0102" % tag, STREAM, data))
    for tag, value in numbers:
        rows += struct.pack("<HHIII", 0x0003, tag, 6, value, 0)
    for tag, value in times:
        rows += struct.pack("<HHIQ", 0x0040, tag, 6, file_time(value))
    table = Entry("__properties_version1.0", STREAM, b"\0" * header_size + rows)
    return Entry(name, kind, children=[table] + streams + list(children))


def make(sender=None, to=(), cc=(), subject="", text=None, html=None, when=None, message_id=None, headers=None,
         attachments=()):
    """sender, to and cc: (name, address); attachments: (name, media type, bytes). → the bytes of a .msg file."""
    children = [storage("__nameid_version1.0", 0)]
    for i, ((name, address), what) in enumerate([(a, 1) for a in to] + [(a, 2) for a in cc]):
        children.append(storage("__recip_version1.0_#%08X" % i, 8, texts=[
            (NAME, name), (ADDRESS_TYPE, "SMTP"), (ADDRESS, address), (SMTP_ADDRESS, address)],
            numbers=[(RECIPIENT_TYPE, what)]))
    for i, (name, media_type, data) in enumerate(attachments):
        children.append(storage("__attach_version1.0_#%08X" % i, 8, texts=[
            (ATTACH_LONG, name), (ATTACH_SHORT, name[-12:]), (ATTACH_MIME, media_type)],
            binaries=[(ATTACH_DATA, data)], numbers=[(ATTACH_METHOD, 1)]))
    texts = [(MESSAGE_CLASS, "IPM.Note"), (SUBJECT, subject)]
    if sender:
        texts += [(SENDER_NAME, sender[0]), (SENDER_TYPE, "SMTP"), (SENDER_ADDRESS, sender[1])]
    if to:
        texts.append((DISPLAY_TO, "; ".join(name for name, _ in to)))
    if cc:
        texts.append((DISPLAY_CC, "; ".join(name for name, _ in cc)))
    texts += [(tag, value) for tag, value in ((BODY, text), (MESSAGE_ID, message_id), (HEADERS, headers))
              if value is not None]
    return compound_file(storage(
        "Root Entry", 32, texts=texts, binaries=[(HTML, html.encode())] if html else [],
        numbers=[(0x3FDE, 65001)], times=[(SUBMIT_TIME, when)] if when else [], children=children, kind=ROOT))
