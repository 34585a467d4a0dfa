from lopm.study.remarks import Remark, grouped


def test_remarks_that_say_the_same_stand_in_one_line():
    remarks = [Remark('2 photographs name no patient'), Remark('nobody is labelled so', 'color white'),
               Remark('not every fold tests the class', 'color red (3 patients)'),
               Remark('nobody is labelled so', 'diagnosis cancer'), Remark('nobody is labelled so', 'texture velvety')]
    assert grouped(remarks) == [
        '2 photographs name no patient',
        'nobody is labelled so (3 times): color white; diagnosis cancer; texture velvety',
        'not every fold tests the class: color red (3 patients)']
    assert grouped([]) == []
