extension ReminderWords {
    static let english = ReminderWords(
        headings: [
            .timeBased: "Reminder", .statusChange: "Status changed", .deadlineApproaching: "Deadline approaching",
        ],
        urgent: "Urgent", important: "Important", status: "Status", due: "Time", priority: "Priority", open: "Open",
        footer: "You get this mail because a reminder was set up for you.",
        digest: (
            "reminders", "These reminders waited for you and come together.",
            "You get this mail because reminders were set up for you."
        ),
        entities: ("Case", "Task", "Bug", "Project"),
        priorities: [.low: "Low", .normal: "Normal", .high: "High", .urgent: "Urgent"],
        calendar: CalendarWords(
            weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
            months: [
                "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December",
            ],
            afterWeekday: " ", afterDay: " ", beforeTime: ", ", betweenHourAndMinute: ":", afterTime: ""))
}
