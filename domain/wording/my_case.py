"""What a victim reads on the pages of their own case, which open with a link and a code.

The rules of `victim` apply here too. Before the code is entered, no text says what the page is about.
"""

from dataclasses import dataclass

from domain.vocabulary import Contact


@dataclass(frozen=True, slots=True)
class ActText:
    """An act: its link, the check before it, and what is said afterwards. Braces are filled in."""

    link: str
    heading: str
    about: str
    button: str
    done_heading: str
    done: str


SITE = "Your request"
"""The name of the pages, which says nothing of the case."""
SKIP = "Skip to main content"
LEAVE = "Leave this page"
LEAVE_ABOUT = (
    "If somebody comes, choose Leave this page at the top. It closes your request and shows you the weather. "
    "It does not clear the history of your browser."
)
PROBLEM = "There is a problem"
ERROR = "Error:"
"""On every page: the links at the top, and before what has to be corrected."""

CODE_HEADING = "Enter your code"
CODE_ABOUT = "We gave you a code with your link. You need it to open this page."
CODE_LABEL = "Your code"
CODE_HINT = "It has eight numbers. After ten wrong codes the link stops."
CODE_BUTTON = "Open the page"
CODE_MISSING = "Enter your code"
"""On the page that asks for the code."""
CODE_WRONG = "This does not open the page. Check the code, or ring the person who gave you the link."
"""The same for a wrong code, a link that has stopped and one that never was."""
SESSION_OVER = "The page was closed to keep you safe. Nothing has been sent. Enter your code to open it again."
"""Instead of any page, once it was open for too long."""

NEXT_HEADING = "What happens next"
CHANGE_HEADING = "What could change"
ACTS_HEADING = "What you can do"
CONTACT_HEADING = "How we contact you"
HELP_HEADING = "If you need help"
"""The headings on the page of the case."""
CLOSES = "If you do nothing for 20 minutes, this page closes, and you need your code again."
LINK_ENDS = "Your link works for 180 days. After that, we can give you a new one."
DANGER = "If you are in danger now, ring 999."
HELP_CASEWORKER = "Your caseworker is {caseworker}, at {service}. You can ring them on {phone}."
HELP_SERVICE = "You can ring {service} on {phone} and ask for a caseworker."
HELP_NO_NUMBER = "This page is from {service}."
"""At the end of each page; who has the case decides which sentence about help is there."""

TO_BE_TOLD_HEADING = "Your caseworker would like to talk with you"
TO_BE_TOLD = "Your caseworker would like to talk with you about your request."
TO_BE_TOLD_NEXT = "We will ring you soon. You can also ring us at any time."
"""Instead of bad news, which a person gives first."""

CONTACT_NOW: dict[Contact, str] = {
    Contact.EMAIL: "We send you emails.",
    Contact.TEXT: "We send you text messages.",
    Contact.LETTER: "We send you letters.",
    Contact.PHONE: "We ring you.",
    Contact.NONE: "We send you no messages.",
}
"""On the page of the case: how they hear from us."""
CONTACT_CHOICES: dict[Contact, str] = {
    Contact.EMAIL: "By email",
    Contact.TEXT: "By text message",
    Contact.LETTER: "By letter",
    Contact.PHONE: "By phone",
    Contact.NONE: "No messages for now",
}
CONTACT_LEGEND = "How would you like to hear from us?"
CONTACT_HINT = "Use an address or a number that is safe for you."
EMAIL = "Your email"
PHONE = "Your phone number"
ADDRESS = "Your address"
NOT_GIVEN = "We do not have it"
CONTACT_MISSING = "Choose how you would like to hear from us"
EMAIL_MISSING = "Enter your email, or choose another way"
EMAIL_WRONG = "Enter an email like name@example.com"
PHONE_MISSING = "Enter your phone number, or choose another way"
PHONE_WRONG = "Enter a phone number like 07700 900123"
ADDRESS_MISSING = "Enter your address, or choose another way"
ADDRESS_WRONG = "Enter your address in fewer words"
"""On the page where they change how they hear from us."""
CHANGE_CONTACT = ActText(
    link="Change how we contact you",
    heading="You are about to change how we contact you",
    about="From then on, we will use only what you see here.",
    button="Yes, change it",
    done_heading="We have changed how we contact you",
    done="We will use this from now on. If you did not make this change, ring us at once.",
)
"""Before and after they change how they hear from us."""

BREAK_LEGEND = "How long would you like your break to be?"
BREAK_MISSING = "Choose how long"
BREAK_WEEKS: dict[int, str] = {4: "Four weeks", 8: "Eight weeks", 13: "Three months", 26: "Six months"}
BREAK_UNTIL = "Your break will last until {day}."
"""On the page of a break."""
TAKE_A_BREAK = ActText(
    link="Take a break",
    heading="You are about to take a break",
    about="We pause your request, and nothing is lost. You can go on sooner, or take more time.",
    button="Yes, take a break",
    done_heading="You are taking a break",
    done="We have paused your request. You can go on when you are ready. If you do not, we will ask you when it ends.",
)
GO_ON = ActText(
    link="End your break and go on",
    heading="You are about to end your break",
    about="We will go on with your request from where we stopped.",
    button="Yes, go on",
    done_heading="Your break has ended",
    done="We are going on with your request from where we stopped. You can ring us at any time.",
)
STOP = ActText(
    link="Stop your request",
    heading="You are about to stop your request",
    about="We will stop work towards contact at once. You do not have to say why. You can come back to us at any time.",
    button="Yes, stop my request",
    done_heading="You have stopped your request",
    done=(
        "We have stopped work towards contact. We may ring you to check that this is what you want. "
        "If you change your mind, you can tell us at any time."
    ),
)
STOP_ANOTHER = ActText(
    link="Stop the plan for another contact",
    heading="You are about to stop the plan for another contact",
    about="We will stop planning another contact at once. You do not have to say why. We will still ask how you are.",
    button="Yes, stop the plan",
    done_heading="You have stopped the plan for another contact",
    done=(
        "We have stopped planning another contact. We may ring you to check that this is what you want. "
        "We will still ask how you are."
    ),
)
_LOOK_AGAIN = (
    "Somebody who did not make the decision will look at it. "
    "If we send you messages, we will tell you what they find. You can also ask us."
)
ASK_FOR_REVIEW = ActText(
    link="Ask us to look again at a decision",
    heading="You are about to ask us to look again at a decision",
    about=_LOOK_AGAIN,
    button="Yes, please look again",
    done_heading="We will look at the decision again",
    done=_LOOK_AGAIN,
)
_NO_CONTACT = (
    "There will be no contact until a manager has looked at this. They will look at it by the next working day."
)
NOT_SAFE = ActText(
    link="Tell us that you do not feel safe",
    heading="You are about to tell us that you do not feel safe",
    about=_NO_CONTACT,
    button="Yes, tell us now",
    done_heading="Thank you for telling us",
    done=_NO_CONTACT,
)
"""Each act: its link, the check before it, and what is said afterwards."""
DAY_LOST = "The day that was set for contact, {day}, will be cancelled. A new day needs everybody to agree again."
"""Before an act that cancels the meeting day."""
WORDS_LABEL = "Is there anything you would like to tell us? You do not have to."
WORDS_HINT = "Only our staff can read it."
WORDS_TOO_LONG = "Write a shorter text"
YOUR_WORDS = "What you want to tell us"
CONTINUE = "Continue"
NO_GO_BACK = "No, go back"
BACK = "Back to your request"
"""On the pages of all acts."""

NOT_POSSIBLE_HEADING = "We cannot do this now"
NOT_POSSIBLE = "Nothing has changed. Please ring us, and we will help you."
NOT_KNOWN_HEADING = "Please send it again"
NOT_KNOWN = "We do not know if we have what you sent. Wait a few minutes, then send it again. It counts only once."
SEND_AGAIN = "Send it again"
UNAVAILABLE_HEADING = "Sorry, this page is not working"
UNAVAILABLE = "Please try again in a few minutes, or ring us."
UNREADABLE_HEADING = "Sorry, we could not read that"
UNREADABLE = "Nothing has changed. Please go back and try again."
"""Instead of a page, where an act is not possible, may not have arrived, or cannot be read."""
