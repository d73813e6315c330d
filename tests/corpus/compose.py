"""Puts mails together byte by byte, so that the corpus knows what is in them without reading them again."""
import base64
import quopri


def encode(text, charset):
    """Bytes as a program of that charset writes them; the names that mails use are not all Python's."""
    return text.encode({"ks_c_5601-1987": "cp949", "iso-8859-8-i": "iso-8859-8"}.get(charset, charset))


def word(text, charset="utf-8", form="B"):
    """A header value as encoded words of at most 75 characters, folded; ASCII stays as it is."""
    if text.isascii():
        return text
    words, piece = [], ""
    for char in text:
        if len(base64.b64encode(encode(piece + char, charset))) > 44 or len(encode(piece + char, charset)) > 14:
            words.append(piece)
            piece = ""
        piece += char
    words.append(piece)
    return "\r\n ".join("=?%s?%s?%s?=" % (charset, form, word_bytes(encode(w, charset), form)) for w in words)


def word_bytes(data, form):
    if form == "B":
        return base64.b64encode(data).decode()
    return "".join(chr(b) if chr(b).isalnum() and b < 128 else "_" if b == 32 else "=%02X" % b for b in data)


def transfer(data, how):
    if how == "base64":
        return base64.encodebytes(data).replace(b"\n", b"\r\n")
    if how == "quoted-printable":
        return quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return data


def part(content_type, data, how="8bit", *fields):
    """One part with its own header. Text comes as str with "charset=" in its type."""
    if isinstance(data, str):
        charset = content_type.split("charset=")[1].split(";")[0].strip('"') if "charset=" in content_type else "utf-8"
        data = encode(data.replace("\n", "\r\n"), charset)
    head = ["Content-Type: " + content_type, "Content-Transfer-Encoding: " + how, *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + transfer(data, how)


def multipart(kind, parts, boundary):
    lines = [("Content-Type: multipart/%s; boundary=\"%s\"\r\n\r\n" % (kind, boundary)).encode()]
    for one in parts:
        lines.append(b"--" + boundary.encode() + b"\r\n" + one + b"\r\n")
    lines.append(b"--" + boundary.encode() + b"--\r\n")
    return b"".join(lines)


def parameter_2231(name, text):
    """filename*=utf-8''…"""
    return "%s*=utf-8''%s" % (name, "".join("%%%02X" % b if not chr(b).isalnum() or b > 127 else chr(b)
                                            for b in text.encode()))


def mail(fields, body):
    """fields: (name, value) pairs, values already encoded; body begins with its own Content-Type."""
    return b"".join((name + ": ").encode() + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
                    for name, value in fields) + b"MIME-Version: 1.0\r\n" + body


def html(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(text, mark="> "):
    return "\n".join((mark + line).rstrip() for line in text.split("\n"))


def wrapped(line, width=66):
    """As programs wrap an attribution: at spaces, over at most three lines."""
    lines, current = [], ""
    for piece in line.split(" "):
        if current and len(current) + len(piece) + 1 > width and len(lines) < 2:
            lines.append(current)
            current = piece
        else:
            current = current + " " + piece if current else piece
    return "\n".join(lines + [current])
