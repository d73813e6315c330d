# Prints the mail that an Outlook .msg file holds: Email::Outlook::Message, as its own msgconvert uses it, with what
# version 0.921 gets wrong put right. docs/decisions/outlook-files.md
use strict;
use warnings;
use Email::Address::XS;
use Email::Outlook::Message;

sub text_of {
	my ($object, $code) = @_;
	my $property = $object->get_mapi_property($code) or return '';
	my $text = $object->_decode_mapi_property(@$property);
	return defined $text ? $text : '';
}

sub number_of {
	my ($object, $code) = @_;
	my $property = $object->get_mapi_property($code) or return 0;
	return $object->_decode_mapi_property(@$property);
}

sub first_address { my @found = grep { /^[^\s@]+@[^\s@]+$/ } @_; return @found ? $found[0] : '' }

# A name with a comma is one person, and one who has no address but a name inside of Exchange stays a name.
sub mailbox {
	my ($name, $address) = @_;
	$name =~ s/[\x00-\x1f]/ /g;
	return Email::Address::XS->new(phrase => $name, address => $address)->as_string if $address ne '';
	$name =~ s/["\\]//g;
	return $name =~ /\S/ ? "\"$name\"" : ();
}

sub sender {
	my ($msg) = @_;
	my $name = text_of($msg, '0C1A') || text_of($msg, '0042');
	return mailbox($name, first_address(map { text_of($msg, $_) } '5D01', '0C1F', '5D02', '0065'));
}

sub recipients {
	my ($msg, $type) = @_;
	my @found;
	for my $who (@{ $msg->{ADDRESSES} }) {
		next if (number_of($who, '0C15') & 0xf) != $type;
		push @found, mailbox(text_of($who, '3001'), first_address(map { text_of($who, $_) } '39FE', '3003', '403E'));
	}
	return @found;
}

my $convert = \&Email::Outlook::Message::to_email_mime;

sub convert {
	my ($msg) = @_;
	my $mail = $convert->($msg);
	my %is_sent = map { lc $_ => 1 } defined $msg->{HEAD} ? Email::Simple->new("$msg->{HEAD}\n")->header_names : ();
	my %mine = (From => [sender($msg)], To => [recipients($msg, 1)], Cc => [recipients($msg, 2)],
		    Bcc => [recipients($msg, 3)]);

	for my $name (sort keys %mine) {
		$mail->header_raw_set($name, join(', ', @{ $mine{$name} })) if @{ $mine{$name} } && !$is_sent{lc $name};
	}
	# Decoded text beside the bytes of the body would spoil both when they are printed.
	for my $name ($mail->header_names) {
		my @values = $mail->header_raw($name);
		$mail->header_str_set($name, @values) if grep { /[^\x00-\x7f]/ } @values;
	}
	return $mail;
}

{
	no warnings 'redefine';
	*Email::Outlook::Message::to_email_mime = \&convert;	# of attached mails too
}
my $msg = Email::Outlook::Message->new($ARGV[0]);
die "there is no mail in it\n" unless grep { $msg->get_mapi_property($_) } '001A', '0037', '1000', '007D';
binmode STDOUT;
print $msg->to_email_mime->as_string;
close STDOUT or die "$!\n";
