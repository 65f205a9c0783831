internal import Domain

/// Five fields of cron as sets of numbers: bit n stands for the number n.
struct CronTable: Equatable, Sendable {
    /// 0 to 59.
    var minutes: UInt64
    /// 0 to 23.
    var hours: UInt64
    /// 1 to 31.
    var days: UInt64
    /// 1 to 12.
    var months: UInt64
    /// 0 (Sunday) to 6; a 7 has become 0.
    var weekdays: UInt64
    /// The field begins with `*`: `*` itself, but also `*/2`.
    var areDaysStarred: Bool
    var areWeekdaysStarred: Bool

    /// Enough for the rarest due time: 29 February on one weekday, across a century without a leap day, is forty years
    /// away.
    private static let longestSearchInYears = 48

    /// Vixie cron's rule (crontab(5), "Note: The day of a command's execution can be specified by two fields"): where
    /// both fields are restricted, either may match; where one begins with `*`, both must. So `0 0 13 * 5` is every
    /// 13th and every Friday, and `0 0 */2 * 5` the Fridays with an odd date.
    func isDay(_ day: Int, weekday: Int) -> Bool {
        let fitsDay = days.hasBit(day)
        let fitsWeekday = weekdays.hasBit(weekday)
        return areDaysStarred || areWeekdaysStarred ? fitsDay && fitsWeekday : fitsDay || fitsWeekday
    }

    /// Whether any year has such a day. Where every day of some month counts, or a weekday alone suffices, one has;
    /// else a month must be long enough for one of the days. The calendar repeats after 400 years with 29 February on
    /// each of the seven weekdays in between, so that a weekday never rules a date out for good.
    var everFires: Bool {
        if !areDaysStarred && !areWeekdaysStarred { return true }
        return (1...12).contains { month in
            months.hasBit(month) && days.lowestBit <= CivilTime.daysInMonth(month, year: 2_000)
        }
    }

    func next(after time: Timestamp) -> Timestamp? {
        // The first whole minute after `time`, as a day and a minute of it.
        let start = time.floored(to: .minutes(1)) + .minutes(1)
        let (firstDay, minuteOfDay) = start.dayAndMinute
        var (year, month, day) = CivilTime.date(daysSinceEpoch: firstDay)
        if let minute = minute(atOrAfter: minuteOfDay), isDay(day, month: month, number: firstDay) {
            return Timestamp(day: firstDay, minute: minute)
        }
        guard let earliest = minute(atOrAfter: 0) else { return nil }
        let lastYear = year + CronTable.longestSearchInYears
        day += 1
        while year <= lastYear {
            if months.hasBit(month) {
                let monthStart = CivilTime.daysSinceEpoch(year: year, month: month, day: 1) - 1
                let length = CivilTime.daysInMonth(month, year: year)
                while day <= length {
                    if isDay(day, weekday: CronTable.weekday(monthStart + day)) {
                        return Timestamp(day: monthStart + day, minute: earliest)
                    }
                    day += 1
                }
            }
            day = 1
            month += 1
            if month == 13 { (year, month) = (year + 1, 1) }
        }
        return nil
    }

    func latest(atOrBefore time: Timestamp) -> Timestamp? {
        let (lastDay, minuteOfDay) = time.dayAndMinute
        var (year, month, day) = CivilTime.date(daysSinceEpoch: lastDay)
        if let minute = minute(atOrBefore: minuteOfDay), isDay(day, month: month, number: lastDay) {
            return Timestamp(day: lastDay, minute: minute)
        }
        guard let latest = minute(atOrBefore: 1_439) else { return nil }
        let firstYear = year - CronTable.longestSearchInYears
        day -= 1
        while year >= firstYear {
            if months.hasBit(month) {
                let monthStart = CivilTime.daysSinceEpoch(year: year, month: month, day: 1) - 1
                while day >= 1 {
                    if isDay(day, weekday: CronTable.weekday(monthStart + day)) {
                        return Timestamp(day: monthStart + day, minute: latest)
                    }
                    day -= 1
                }
            }
            month -= 1
            if month == 0 { (year, month) = (year - 1, 12) }
            day = CivilTime.daysInMonth(month, year: year)
        }
        return nil
    }

    private func isDay(_ day: Int, month: Int, number: Int) -> Bool {
        months.hasBit(month) && isDay(day, weekday: CronTable.weekday(number))
    }

    /// 0 is Sunday; 1970-01-01, day 0, was a Thursday.
    private static func weekday(_ daysSinceEpoch: Int) -> Int {
        let remainder = (daysSinceEpoch + 4) % 7
        return remainder < 0 ? remainder + 7 : remainder
    }

    /// Minutes of the day.
    private func minute(atOrAfter minuteOfDay: Int) -> Int? {
        let hour = minuteOfDay / 60
        if hours.hasBit(hour), let minute = minutes.bit(atOrAfter: minuteOfDay % 60) { return hour * 60 + minute }
        guard let later = hours.bit(atOrAfter: hour + 1) else { return nil }
        return later * 60 + minutes.lowestBit
    }

    private func minute(atOrBefore minuteOfDay: Int) -> Int? {
        let hour = minuteOfDay / 60
        if hours.hasBit(hour), let minute = minutes.bit(atOrBefore: minuteOfDay % 60) { return hour * 60 + minute }
        guard hour > 0, let earlier = hours.bit(atOrBefore: hour - 1) else { return nil }
        return earlier * 60 + minutes.highestBit
    }
}

extension UInt64 {
    fileprivate func hasBit(_ number: Int) -> Bool { self >> UInt64(number) & 1 == 1 }

    fileprivate var lowestBit: Int { trailingZeroBitCount }
    fileprivate var highestBit: Int { 63 - leadingZeroBitCount }

    fileprivate func bit(atOrAfter number: Int) -> Int? {
        let rest = (self >> UInt64(number)) << UInt64(number)
        return rest == 0 ? nil : rest.lowestBit
    }

    fileprivate func bit(atOrBefore number: Int) -> Int? {
        let rest = (self << UInt64(63 - number)) >> UInt64(63 - number)
        return rest == 0 ? nil : rest.highestBit
    }
}

extension Timestamp {
    fileprivate init(day: Int, minute: Int) {
        self.init(milliseconds: Int64(day) * 86_400_000 + Int64(minute) * 60_000)
    }

    /// Days since 1970-01-01 and the minute of that day.
    fileprivate var dayAndMinute: (day: Int, minute: Int) {
        let midnight = floored(to: .day)
        return (Int(midnight.milliseconds / 86_400_000), Int((self - midnight).milliseconds / 60_000))
    }
}
